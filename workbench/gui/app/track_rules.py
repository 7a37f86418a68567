"""What tracks are measured by in this window, as a person chose it; remembered."""

from __future__ import annotations

from PySide6.QtCore import QSettings

from workbench.core.speeds import USUAL, parse_speed
from workbench.evaluation.motion import GAP, SMOOTH
from workbench.gui.app.remember import stored_number
from workbench.project.measurements.tracks import TrackRules

SMOOTH_KEY, GAP_KEY, MOVING_KEY = (
    "measurements/smooth", "measurements/gap", "measurements/moving")
MOST_SMOOTH, LEAST_GAP, MOST_GAP = 2.0, 0.1, 10.0
"""Seconds between which they can be chosen."""


def kept_rules(settings: QSettings) -> TrackRules:
    """Those that were chosen; the usual ones in place of what cannot be read."""
    try:
        moving = parse_speed(str(settings.value(MOVING_KEY, USUAL.text)))
    except ValueError:  # of another version, or of a damaged file
        moving = USUAL
    return TrackRules(stored_number(settings, SMOOTH_KEY, SMOOTH, 0.0, MOST_SMOOTH),
                      stored_number(settings, GAP_KEY, GAP, LEAST_GAP, MOST_GAP), moving)
