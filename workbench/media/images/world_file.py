"""The size of a pixel that a world file beside an image tells: ``field.jgw`` beside ``field.jpg``.

It has six lines: how far a pixel goes to the right and down along either axis of the map, and
where the first one lies. It does not name the unit. What is believed:

- a ``.prj`` beside it names the unit of a projected map (metre, foot): that one; of degrees none.
- Without one: metres, unless place and size could be degrees (a pixel of less than 0.1, within 360
  and 90 of the origin).

Sources: ESRI's description of world files; OGC 01-009 and 18-010 (well-known text).
"""

from __future__ import annotations

import re
from math import hypot, isfinite
from pathlib import Path

from workbench.core.lazy_pattern import lazy_pattern
from workbench.formats.regular_file import read_regular

_LINES = 6
_MOST = 1 << 16  # bytes; a world file has a hundred, well-known text a few thousand
_DEGREES_A_PIXEL, _LONGITUDES, _LATITUDES = 0.1, 360.0, 90.0
_UNIT = lazy_pattern(r'\b(?:LENGTH)?UNIT\s*\[\s*"([^"]*)"\s*,\s*([0-9.eE+-]+)', re.IGNORECASE)
_PROJECTED = lazy_pattern(r"\bPROJ(?:CS|CRS|ECTEDCRS)\s*\[", re.IGNORECASE)
_ANGLES = ("degree", "grad", "radian", "unity", "gon")


def read_world_file(image: Path) -> tuple[float, float] | None:
    """Width and height of a pixel in metres, by the files beside ``image``; None where there are
    none, or they tell none that is believed."""
    lines = _first_there(_beside(image))
    if lines is None:
        return None
    try:
        values = [float(line.replace(",", ".")) for line in lines.split()[:_LINES + 1]]
    except ValueError:
        return None
    if len(values) != _LINES or not all(map(isfinite, values)):
        return None
    across, down = hypot(values[0], values[1]), hypot(values[2], values[3])
    metres = _metres(image, across, values[4], values[5])
    return None if metres is None else (across * metres, down * metres)


def _beside(image: Path) -> list[Path]:
    """What a world file may be called: jgw, JGW, jpgw and wld for a jpg."""
    suffix = image.suffix.lstrip(".")
    short = f"{suffix[:1]}{suffix[-1:]}w"
    names = dict.fromkeys((short, short.lower(), short.upper(), f"{suffix}w", "wld"))
    return [image.with_suffix(f".{name}") for name in names]


def _metres(image: Path, pixel: float, x: float, y: float) -> float | None:
    """How many metres the unit of the map is; None where it is none of lengths, or unknown."""
    projection = _first_there([image.with_suffix(".prj"), image.with_suffix(".PRJ")])
    if projection is None:
        degrees = pixel < _DEGREES_A_PIXEL and abs(x) <= _LONGITUDES and abs(y) <= _LATITUDES
        return None if degrees else 1.0
    if _PROJECTED.search(projection) is None:
        return None
    lengths = [factor for name, factor in _UNIT.findall(projection)
               if not name.lower().startswith(_ANGLES)]
    try:
        return float(lengths[-1]) if lengths else None
    except ValueError:
        return None


def _first_there(paths: list[Path]) -> str | None:
    """The text of the first of these files that there is; None for none, or one too large."""
    for path in paths:
        try:
            data = read_regular(path, _MOST)
        except FileNotFoundError:
            continue
        except OSError:
            return None
        return data.decode("latin-1")
    return None
