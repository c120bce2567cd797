"""Makes the stimuli of the associations data set."""
