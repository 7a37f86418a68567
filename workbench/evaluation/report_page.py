"""What every report is made of: one HTML file that opens anywhere, without a network.

Light and dark follow the reader; pictures and curves lie inside the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PLOT_WIDTH, _PLOT_HEIGHT = 420, 250
_MARGIN_LEFT, _MARGIN_BOTTOM, _MARGIN_TOP, _MARGIN_RIGHT = 38, 26, 8, 10
_CURVE_POINTS = 200
_UPRIGHT_FROM = 9
"""With more rows than this the names of the columns stand upright."""

_STYLE = """
:root { color-scheme: light dark; --ground: Canvas; --panel: Canvas; --ink: CanvasText;
  --soft: color-mix(in srgb, CanvasText 65%, Canvas); --accent: AccentColor;
  --line: color-mix(in srgb, CanvasText 15%, Canvas);
  --bad: color-mix(in srgb, CanvasText 55%, Canvas); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 32px 24px 64px; background: var(--ground);
  color: var(--ink); font: 14px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 24px; margin: 0; } h2 { font-size: 15px; margin: 0 0 12px; }
p { margin: 4px 0 0; } .soft { color: var(--soft); }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 11px;
  padding: 16px; margin-top: 16px; break-inside: avoid; }
.cards { display: flex; flex-wrap: wrap; gap: 12px 40px; }
.cards b { display: block; font-size: 24px; font-weight: 650; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr));
  gap: 0 16px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; } th, td { padding: 5px 12px; text-align: right; }
th { font-weight: 500; color: var(--soft); } th:first-child { text-align: left; }
.lines tr + tr { border-top: 1px solid var(--line); } .full { width: 100%; }
.matrix td { min-width: 52px; height: 40px; text-align: center; border: 2px solid var(--panel);
  border-radius: 6px; background: color-mix(in srgb, var(--shade) var(--share), var(--panel)); }
.matrix { border-collapse: separate; border-spacing: 0; } .matrix thead th { text-align: center; }
.upright thead th { vertical-align: bottom; padding: 4px 0; }
.upright thead th:not(:first-child) span { writing-mode: vertical-rl; transform: rotate(180deg);
  max-height: 120px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.upright td { min-width: 30px; height: 30px; padding: 2px; }
.dot { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 8px; }
svg { width: 100%; height: auto; display: block; } svg text { font-size: 11px;
  fill: var(--soft); } .grid { stroke: var(--line); } .mark { stroke: var(--soft);
  stroke-dasharray: 4 4; }
.gallery { display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); }
.gallery.small { grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); }
.small img { height: 110px; image-rendering: auto; }
figure { margin: 0; } figure img { width: 100%; border-radius: 7px; display: block; }
figcaption { color: var(--soft); font-size: 12px; margin-top: 4px; overflow-wrap: anywhere; }
details summary { cursor: pointer; font-weight: 600; font-size: 15px; }
.config td { text-align: left; overflow-wrap: anywhere; } .config th { text-align: left;
  vertical-align: top; white-space: nowrap; }
@media print { body { max-width: none; padding: 0; } }
"""


@dataclass(frozen=True, slots=True)
class ReportImage:
    """A picture in the report: ``data`` is base64 of a file of type ``mime``, "" for none."""

    caption: str
    data: str
    mime: str = "image/jpeg"


@dataclass(frozen=True, slots=True)
class ReportStyle:
    """Colours for the report; where nothing is given, the reader's own light or dark is used.

    Parameters
    ----------
    classes
        "#rrggbb" for each class.
    light, dark
        Values of ``ground``, ``panel``, ``ink``, ``soft``, ``line``, ``accent``, ``bad``.
    """

    classes: Sequence[str] = ()
    light: Mapping[str, str] = field(default_factory=dict)
    dark: Mapping[str, str] = field(default_factory=dict)


def html_page(heading: Sequence[str], style: ReportStyle, parts: Sequence[str]) -> str:
    """One HTML document: ``heading`` is the browser's title, empty parts are left out."""
    title = escape(" · ".join(heading))
    return (
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        f"<title>{title}</title><style>{_STYLE}{_theme(style)}</style></head>\n<body>"
        + "\n".join(part for part in parts if part) + "</body></html>\n"
    )


def _theme(style: ReportStyle) -> str:
    light, dark = (
        "".join(f"--{name}: {value};" for name, value in colors.items())
        for colors in (style.light, style.dark)
    )
    return f":root {{ {light} }} @media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"


def class_color(style: ReportStyle, index: int) -> str:
    if index < len(style.classes):
        return style.classes[index]
    return f"hsl({index * 137.508 % 360:.0f} 65% 52%)"  # the golden angle keeps neighbours apart


def class_colors(style: ReportStyle, count: int) -> list[str]:
    """A colour for each class."""
    return [class_color(style, index) for index in range(count)]


def header(title: str, where: Sequence[str], counts: str) -> str:
    """The top: project, then run, split and date, then ``counts`` (HTML)."""
    words = " · ".join(escape(part) for part in where if part)
    return (f"<header><h1>{escape(title)}</h1><p class=\"soft\">{words}</p>"
            f"<p class=\"soft\">{counts}</p></header>")


def counted(number: int, word: str) -> str:
    """``counted(2, "label")`` → "2 labels"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def decimal(value: float | None) -> str:
    """Three digits, or "–" where there is no number."""
    return "–" if value is None or isnan(value) else f"{value:.3f}"


def cards(values: Sequence[tuple[str, str]], note: str) -> str:
    """The large figures: name and text of each, and ``note`` (HTML) below them."""
    shown = "".join(f"<div><span class=\"soft\">{name}</span><b>{text}</b></div>"
                    for name, text in values)
    below = f"<p class=\"soft\">{note}</p>" if note else ""
    return f"<section><div class=\"cards\">{shown}</div>{below}</section>"


def matrix(names: Sequence[str], counts: NDArray[np.int64], corner: str, note: str) -> str:
    """The confusion matrix; many classes stand upright over their columns.

    Parameters
    ----------
    names
        N of rows and columns.
    counts
        int (N, N), rows truth.
    corner, note
        Words above the rows, and below the table.
    """
    tall = " upright" if len(names) > _UPRIGHT_FROM else ""
    head = "".join(f"<th title=\"{escape(name)}\"><span>{escape(name)}</span></th>"
                   for name in names)
    rows = []
    for i, name in enumerate(names):
        total = max(1, int(counts[i].sum()))
        cells = "".join(_matrix_cell(int(counts[i, j]), total, i == j, name, names[j])
                        for j in range(len(names)))
        rows.append(f"<tr><th>{escape(name)}</th>{cells}</tr>")
    return (
        f"<section><h2>Confusion</h2><div class=\"wide\"><table class=\"matrix{tall}\"><thead>"
        f"<tr><th>{corner}</th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        f"</div><p class=\"soft\">{note}</p></section>"
    )


def _matrix_cell(count: int, total: int, right: bool, row: str, column: str) -> str:
    share = round(70 * count / total)
    return (f"<td title=\"{escape(row)} → {escape(column)}\" style=\"--shade: "
            f"var(--{'accent' if right else 'bad'}); --share: {share}%\">{count:,}</td>")


def class_table(
    columns: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]], colors: Sequence[str]
) -> str:
    """A line for each class: its name, and the texts of the other columns."""
    lines = "".join(
        f"<tr><th><span class=\"dot\" style=\"background: {color}\"></span>{escape(name)}</th>"
        + "".join(f"<td>{text}</td>" for text in texts) + "</tr>"
        for (name, texts), color in zip(rows, colors, strict=True)
    )
    head = "".join(f"<th>{name}</th>" for name in columns)
    return ("<section><h2>Classes</h2><div class=\"wide\"><table class=\"lines full\"><thead><tr>"
            f"<th>Class</th>{head}</tr></thead><tbody>{lines}</tbody></table></div></section>")


def plot_x(value: float) -> float:
    """0..1 across a plot, in its own units."""
    return _MARGIN_LEFT + value * (_PLOT_WIDTH - _MARGIN_LEFT - _MARGIN_RIGHT)


def plot_y(value: float) -> float:
    """0..1 up a plot, in its own units."""
    return _PLOT_HEIGHT - _MARGIN_BOTTOM - value * (_PLOT_HEIGHT - _MARGIN_BOTTOM - _MARGIN_TOP)


def plot(x_name: str, items: Sequence[str], name: str) -> str:
    """Axes from 0 to 1 with ``items`` (SVG) on them."""
    grid = "".join(
        f"<line class=\"grid\" x1=\"{plot_x(0):.1f}\" x2=\"{plot_x(1):.1f}\" "
        f"y1=\"{plot_y(v):.1f}\" y2=\"{plot_y(v):.1f}\"/>"
        f"<text x=\"{plot_x(0) - 6:.1f}\" y=\"{plot_y(v) + 4:.1f}\" text-anchor=\"end\">"
        f"{v:.2f}</text><text x=\"{plot_x(v):.1f}\" y=\"{_PLOT_HEIGHT - 8}\" "
        f"text-anchor=\"middle\">{v:.2f}</text>"
        for v in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    return (f"<svg viewBox=\"0 0 {_PLOT_WIDTH} {_PLOT_HEIGHT}\" role=\"img\" "
            f"aria-label=\"{name}\">{grid}{''.join(items)}</svg>"
            f"<p class=\"soft\" style=\"text-align: center\">{x_name}</p>")


def curve_line(x: NDArray[Any], y: NDArray[Any], color: str, name: str) -> str:
    """A line through points in 0..1, thinned where there are many."""
    keep = np.unique(np.linspace(0, len(x) - 1, min(len(x), _CURVE_POINTS)).round().astype(int))
    points = " ".join(f"{plot_x(float(a)):.1f},{plot_y(float(b)):.1f}"
                      for a, b in zip(x[keep], y[keep], strict=True))
    return (f"<polyline points=\"{points}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" "
            f"stroke-linejoin=\"round\"><title>{escape(name)}</title></polyline>")


def gallery(title: str, images: Sequence[ReportImage], note: str = "", small: bool = False) -> str:
    """Pictures with their captions; nothing where there are none."""
    if not images:
        return ""
    figures = "".join(f"<figure>{_picture(item)}<figcaption>{escape(item.caption)}</figcaption>"
                      "</figure>" for item in images)
    below = f"<p class=\"soft\">{escape(note)}</p>" if note else ""
    kind = "gallery small" if small else "gallery"
    return (f"<section><h2>{escape(title)}</h2><div class=\"{kind}\">{figures}</div>{below}"
            "</section>")


def _picture(item: ReportImage) -> str:
    """The picture, or nothing where there is none to be had."""
    return (f"<img alt=\"{escape(item.caption)}\" src=\"data:{item.mime};base64,{item.data}\">"
            if item.data else "")


def config_table(config: Mapping[str, Any]) -> str:
    """The frozen configuration, folded; nothing where it is empty."""
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"
                   for name, value in _flat(config))
    if not rows:
        return ""
    return ("<section><details><summary>How it was trained</summary><div class=\"wide\">"
            f"<table class=\"lines config\">{rows}</table></div></details></section>")


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


def folded(title: str, words: str) -> str:
    """A paragraph (HTML) that opens at a click."""
    return (f"<section><details><summary>{escape(title)}</summary><p class=\"soft\">{words}</p>"
            "</details></section>")
