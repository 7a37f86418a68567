"""Reports: one HTML file each that opens anywhere, without a network.

A task's report is a jinja2 template that extends ``templates/base.html`` and uses the macros of
``templates/parts.html``. Light and dark follow the reader; pictures and curves lie in the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.colors import DARK, LIGHT
from workbench.core.text import count

_TEMPLATES = Path(__file__).parent / "templates"
_PLOT_SIZE = 420, 250
_MARGIN_LEFT, _MARGIN_BOTTOM, _MARGIN_TOP, _MARGIN_RIGHT = 38, 26, 8, 10
_CURVE_POINTS = 200


@dataclass(frozen=True, slots=True)
class ReportImage:
    """A picture in the report: ``data`` is base64 of a file of type ``mime``, "" for none."""

    caption: str
    data: str
    mime: str = "image/jpeg"


def render_report(
    template: Path, *, title: str, run: str, split: str,
    config: Mapping[str, Any] | None = None, **values: Any,
) -> str:
    """One HTML document made from a task's template.

    Parameters
    ----------
    template
        File of a template that extends "base.html". All text is escaped on its way in.
    title, run, split
        Project, run's name, "test"; shown at the top, with the date of now.
    config
        The run's frozen configuration; nested tables are flattened with dots.
    values
        What the template shows.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    pages = Environment(
        loader=FileSystemLoader([template.parent, _TEMPLATES]), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )
    pages.filters |= {"decimal": decimal, "thousands": "{:,}".format}
    pages.globals |= {"count": count, "plot_size": _PLOT_SIZE, "plot_x": _plot_x,
                      "plot_y": _plot_y, "points": _points, "zip": zip}
    return pages.get_template(template.name).render(
        values, title=title, run=run, split=split, config=_flat(config or {}),
        created=f"{datetime.now():%d %B %Y, %H:%M}".lstrip("0"),
        light=LIGHT._asdict(), dark=DARK._asdict())


def class_colors(colors: Sequence[str], count: int) -> list[str]:
    """A colour for each of ``count`` classes: those that are given, and others."""
    given = list(colors)[:count]
    # the golden angle keeps neighbours apart
    return given + [f"hsl({index * 137.508 % 360:.0f} 65% 52%)"
                    for index in range(len(given), count)]


def decimal(value: float | None) -> str:
    """Three digits, or "–" where there is no number."""
    return "–" if value is None or isnan(value) else f"{value:.3f}"


def _plot_x(value: float) -> float:
    """0..1 across a plot, in its own units."""
    return round(_MARGIN_LEFT + value * (_PLOT_SIZE[0] - _MARGIN_LEFT - _MARGIN_RIGHT), 1)


def _plot_y(value: float) -> float:
    """0..1 up a plot, in its own units."""
    height = _PLOT_SIZE[1] - _MARGIN_BOTTOM
    return round(height - value * (height - _MARGIN_TOP), 1)


def _points(x: NDArray[Any], y: NDArray[Any]) -> str:
    """Points in 0..1 as SVG wants them, thinned where there are many."""
    keep = np.unique(np.linspace(0, len(x) - 1, min(len(x), _CURVE_POINTS)).round().astype(int))
    return " ".join(f"{_plot_x(float(a))},{_plot_y(float(b))}"
                    for a, b in zip(x[keep], y[keep], strict=True))


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, Mapping):
            rows.extend(_flat(value, f"{prefix}{name}."))
        elif isinstance(value, list | tuple):
            shown = ", ".join(str(item) for item in value[:50])
            more = f", … ({len(value):,} in all)" if len(value) > 50 else ""
            rows.append((prefix + name, shown + more))
        else:
            rows.append((prefix + name, str(value)))
    return rows
