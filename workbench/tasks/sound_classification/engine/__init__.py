"""Sounds on their way to a model, and the models that hear them."""
