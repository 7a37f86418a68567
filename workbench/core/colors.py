"""The colours of the program, for the window and for reports."""

from __future__ import annotations

from typing import NamedTuple


class Colors(NamedTuple):
    """One theme's colours as ``#rrggbb``.

    ``accent``, ``ok``, ``warn`` and ``bad`` are for marks, fills and lines (3:1 on what they lie
    on); words in those tones take ``accent_text``, ``ok_text``, ``warn_text`` and ``bad_text``,
    which reach 4.5:1 on every surface. ``faint`` is for what is switched off.
    """

    ground: str
    panel: str
    raised: str
    line: str
    line_strong: str
    hover: str
    ink: str
    soft: str
    faint: str
    accent: str
    accent_hover: str
    accent_ink: str
    accent_wash: str
    accent_text: str
    ok: str
    ok_text: str
    warn: str
    warn_text: str
    bad: str
    bad_ink: str
    bad_text: str
    canvas: str


LIGHT = Colors(
    ground="#f6f7f9", panel="#ffffff", raised="#f6f7f9", line="#e3e6eb", line_strong="#c9ced8",
    hover="#eef0f4", ink="#1c2430", soft="#5b6579", faint="#98a1b2",
    accent="#3b6cf6", accent_hover="#2f5fe6", accent_ink="#ffffff", accent_wash="#e7eefe",
    accent_text="#2a59dd", ok="#12a150", ok_text="#0b7a3b", warn="#c77700", warn_text="#8f5500",
    bad="#d92d3a", bad_ink="#ffffff", bad_text="#c2212e", canvas="#e9ebef",
)
DARK = Colors(
    ground="#14171c", panel="#1b1f26", raised="#14171c", line="#2c323d", line_strong="#434b5a",
    hover="#252a33", ink="#e6e9ef", soft="#9aa4b5", faint="#5f6979",
    accent="#6a93ff", accent_hover="#82a5ff", accent_ink="#0f1115", accent_wash="#22304f",
    accent_text="#8aabff", ok="#3ecf7f", ok_text="#3ecf7f", warn="#f0a93b", warn_text="#f0a93b",
    bad="#ff6b74", bad_ink="#0f1115", bad_text="#ff8088", canvas="#0f1115",
)

ON_IMAGE, ON_IMAGE_DARK = "#ffffff", "#10141a"
"""What lies on pictures and on class colours in either theme: grips, guide lines, label letters."""

COUNTING = "#ffd400"
"""Lines and zones on pictures at which things are counted."""

MISSED, EXTRA, CONFUSED, RIGHT, UNJUDGED = "#ff3355", "#ffb300", "#2f9bff", "#22c46b", "#8a93a3"
"""Pixels on pictures: what a model missed, found where nothing is, took for something else, got
right, and what is not judged. They differ in lightness, too."""
