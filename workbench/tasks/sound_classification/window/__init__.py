"""Results of a classifier of sounds."""
