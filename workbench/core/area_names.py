"""Names of classes that are none where areas are learned: what means that nothing is there, and
what means that nobody knows."""

from __future__ import annotations

BACKGROUND = frozenset({"background", "_background_"})
"""What a class is called, in small letters, by which people mark where nothing is."""
VOID = frozenset({
    "void", "ignore", "ignored", "unknown", "unlabeled", "unlabelled", "don't care", "dontcare",
    "out of roi", "rectification border", "ego vehicle"})
"""The same of what is neither learned from nor judged; the last three are those of Cityscapes."""
VOID_NAME = "void"
"""What such pixels are called where nobody gave them a name."""


def is_background(label: str) -> bool:
    """Whether a class means that nothing is there."""
    return label.strip().lower() in BACKGROUND


def is_void(label: str) -> bool:
    """Whether a class means that nobody knows what is there."""
    return label.strip().lower() in VOID


def is_area_class(label: str) -> bool:
    """Whether a model of areas learns a class."""
    return not (is_background(label) or is_void(label))
