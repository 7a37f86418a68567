"""What the labels of a project are like, in numbers."""
