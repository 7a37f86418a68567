"""Telling images apart: one class, several tags or a number for each image."""
