"""Which files are sounds by their names; numpy-free, as places of images ask it at the start."""

from __future__ import annotations

BEST_FIRST = (".wav", ".flac", ".aif", ".aiff", ".ogg", ".oga", ".opus", ".mp3")
"""The endings that are read, those that lose nothing first."""
SUFFIXES = frozenset(BEST_FIRST)
CONVERTED = {".m4a": "M4A", ".aac": "AAC", ".amr": "AMR", ".3gp": "3GP", ".wma": "WMA",
             ".caf": "CAF", ".ape": "Monkey's Audio"}
"""What becomes FLAC where it is brought into a project, by its ending."""
TAKEN = SUFFIXES | CONVERTED.keys()
"""The endings of what can be brought into a project."""
