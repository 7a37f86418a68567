"""Putting samples on a map by how much they look alike."""
