"""Makes the data set of clips: drawings, catalogue, judgements, files."""
