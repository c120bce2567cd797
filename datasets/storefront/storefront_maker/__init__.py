"""Makes the storefront data set: catalogue, photos, queries and graded judgements."""
