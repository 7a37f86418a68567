"""Spans of time as people write them: "60 s", "5 min"."""

from __future__ import annotations

import math
import re

from workbench.core.text import tr

_SECONDS = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_NAMES = {"sec": "s", "second": "s", "seconds": "s", "m": "min", "minute": "min", "minutes": "min",
          "hour": "h", "hours": "h", "day": "d", "days": "d"}
_DURATION = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*([a-z]+)\s*", re.IGNORECASE)


def parse_duration(text: str) -> float:
    """Seconds of "60 s", "0.5 s", "5 min" or "2 h".

    Raises
    ------
    ValueError
        If it is something else; the message is a sentence without its full stop.
    """
    found = _DURATION.fullmatch(text)
    unit = found[2].casefold() if found is not None else ""
    factor = _SECONDS.get(_NAMES.get(unit, unit))
    if found is None or factor is None:
        raise ValueError("Write a number and a unit, as in 60 s or 5 min")
    seconds = float(found[1].replace(",", ".")) * factor
    if not 0 < seconds < math.inf:
        raise ValueError("Write a number above 0")
    return seconds


def duration_text(seconds: float) -> str:
    """What :func:`parse_duration` reads: "5 min", in the largest unit that takes a whole number,
    else in seconds."""
    for unit in ("d", "h", "min"):
        if seconds >= _SECONDS[unit] and seconds % _SECONDS[unit] == 0:
            return f"{seconds / _SECONDS[unit]:g} {unit}"
    return f"{seconds!r} s".replace(".0 s", " s")


def duration(seconds: float) -> str:
    """A time in at most two words: "18 s", "3 min", "1 h 20 min"."""
    if not 0 <= seconds < math.inf:
        return "–"
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return tr("{minutes} min", minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    return tr("{hours} h {minutes} min", hours=hours, minutes=minutes) if minutes else f"{hours} h"
