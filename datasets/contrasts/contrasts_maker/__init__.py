"""Makes the minimal pairs of the contrasts data set."""
