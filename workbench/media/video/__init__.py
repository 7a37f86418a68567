"""Videos: which files are, their frames with exact numbers and times, and writing one."""
