"""Training and running models of areas. Imports torch."""
