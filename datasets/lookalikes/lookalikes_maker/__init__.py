"""Makes the lookalikes data set: photos, copies of photos, queries, judgements and pairs."""
