"""Makes the data set of sounds: synthesis, catalogue, judgements, files."""
