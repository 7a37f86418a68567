"""What training and evaluation read of a project: samples, splits, doubts."""
