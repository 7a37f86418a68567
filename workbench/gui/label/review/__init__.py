"""The place in which all that is suggested of one class is judged at once."""
