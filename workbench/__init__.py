"""Workbench: label images and sounds, train on them, and look at what came of it."""

__version__ = "0.1.0"
