"""Training and running detectors. Imports torch."""
