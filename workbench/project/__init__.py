"""A project folder: manifest, media index, documents being edited, splits, runs."""
