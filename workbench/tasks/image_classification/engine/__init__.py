"""Training and running image classifiers. Imports torch."""
