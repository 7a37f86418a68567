"""Which files are sounds by their names; numpy-free, as places of images ask it at the start."""

from __future__ import annotations

BEST_FIRST = (".wav", ".flac", ".aif", ".aiff", ".ogg", ".oga", ".opus", ".mp3")
"""The endings that are read, those that lose nothing first."""
SUFFIXES = frozenset(BEST_FIRST)
