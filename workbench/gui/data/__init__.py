"""The Data place: problems with files, and what the labels are like."""
