"""Bringing labelled images and sounds of other folders into a project."""
