"""Predict: a trained model at work on files of any place."""
