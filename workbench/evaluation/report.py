"""A report as one HTML file that opens anywhere: no other file, no network, light and dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from math import isnan
from typing import Any

import numpy as np

from workbench.evaluation.average_precision import AP_MAX_DETECTIONS, AP_MIN_SCORE, Curve
from workbench.evaluation.matching import Float64Array
from workbench.evaluation.nms import MAX_DETECTIONS
from workbench.evaluation.result import NONE, Evaluation

_PLOT_WIDTH, _PLOT_HEIGHT = 420, 250
_MARGIN_LEFT, _MARGIN_BOTTOM, _MARGIN_TOP, _MARGIN_RIGHT = 38, 26, 8, 10
_CURVE_POINTS = 200

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
.dot { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 8px; }
svg { width: 100%; height: auto; display: block; } svg text { font-size: 11px;
  fill: var(--soft); } .grid { stroke: var(--line); } .mark { stroke: var(--soft);
  stroke-dasharray: 4 4; }
.gallery { display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); }
figure { margin: 0; } figure img { width: 100%; border-radius: 7px; display: block; }
figcaption { color: var(--soft); font-size: 12px; margin-top: 4px; overflow-wrap: anywhere; }
details summary { cursor: pointer; font-weight: 600; font-size: 15px; }
.config td { text-align: left; overflow-wrap: anywhere; } .config th { text-align: left;
  vertical-align: top; white-space: nowrap; }
@media print { body { max-width: none; padding: 0; } }
"""


@dataclass(frozen=True, slots=True)
class ReportImage:
    """A picture in the report: ``data`` is base64 of a file of type ``mime``."""

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


def build_report(
    evaluation: Evaluation, *, title: str, run: str, split: str, created: str = "",
    config: Mapping[str, Any] | None = None, images: Sequence[ReportImage] = (),
    style: ReportStyle | None = None,
) -> str:
    """Build the report.

    Parameters
    ----------
    evaluation
        What is reported.
    title, run, split, created
        Project, run's name, "test", and a date in words; shown at the top.
    config
        The run's frozen configuration; nested tables are flattened with dots.
    images
        Sample pictures, already drawn and encoded.
    style
        Colours.

    Returns
    -------
    str
        One HTML document.
    """
    style = style or ReportStyle()
    colors = [_class_color(style, k) for k in range(len(evaluation.classes))]
    parts = [
        _header(evaluation, title, run, split, created),
        _cards(evaluation),
        _confusion(evaluation),
        _classes(evaluation, colors),
        _curves(evaluation, colors),
        _gallery(images),
        _config(config or {}),
        _how_counted(evaluation),
    ]
    heading = escape(f"{title} · {run} · {split}")
    return (
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        f"<title>{heading}</title><style>{_STYLE}{_theme(style)}</style></head>\n<body>"
        + "\n".join(part for part in parts if part) + "</body></html>\n"
    )


def _theme(style: ReportStyle) -> str:
    light, dark = (
        "".join(f"--{name}: {value};" for name, value in colors.items())
        for colors in (style.light, style.dark)
    )
    return f":root {{ {light} }} @media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"


def _class_color(style: ReportStyle, index: int) -> str:
    if index < len(style.classes):
        return style.classes[index]
    return f"hsl({index * 137.508 % 360:.0f} 65% 52%)"  # the golden angle keeps neighbours apart


def _header(e: Evaluation, title: str, run: str, split: str, created: str) -> str:
    words = " · ".join(escape(part) for part in (run, split, created) if part)
    difficult = f", {_count(e.difficult, 'difficult one')} left out" if e.difficult else ""
    return (
        f"<header><h1>{escape(title)}</h1><p class=\"soft\">{words}</p>"
        f"<p class=\"soft\">{_count(e.images, 'image')} · {_count(e.truths, 'label')}{difficult}"
        f" · {e.shown:,} detections shown of {e.raw:,} raw</p></header>"
    )


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _cards(e: Evaluation) -> str:
    values = (("mAP@.5", e.map_50), ("mAP@.5:.95", e.map), ("mAP@.75", e.map_75), ("F1", e.f1),
              ("Precision", e.precision), ("Recall", e.recall))
    cards = "".join(f"<div><span class=\"soft\">{name}</span><b>{_decimal(value)}</b></div>"
                    for name, value in values)
    t = e.thresholds
    return (f"<section><div class=\"cards\">{cards}</div><p class=\"soft\">at score "
            f"{t.score_thresh:.2f}, NMS IoU {t.nms_thresh:.2f}, match IoU {t.match_iou:.2f}"
            "</p></section>")


def _decimal(value: float) -> str:
    return "–" if isnan(value) else f"{value:.3f}"


def _confusion(e: Evaluation) -> str:
    names = [*e.classes, NONE]
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = []
    for i, name in enumerate(names):
        total = max(1, int(e.confusion[i].sum()))
        cells = "".join(_matrix_cell(int(e.confusion[i, j]), total, i == j)
                        for j in range(len(names)))
        rows.append(f"<tr><th>{escape(name)}</th>{cells}</tr>")
    return (
        "<section><h2>Confusion</h2><div class=\"wide\"><table class=\"matrix\"><thead><tr>"
        f"<th>true ↓ detected →</th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        f"</div><p class=\"soft\">Last column: missed. Last row: found where nothing is."
        "</p></section>"
    )


def _matrix_cell(count: int, total: int, right: bool) -> str:
    share = round(70 * count / total)
    return (f"<td style=\"--shade: var(--{'accent' if right else 'bad'}); --share: {share}%\">"
            f"{count:,}</td>")


def _classes(e: Evaluation, colors: Sequence[str]) -> str:
    rows = "".join(
        f"<tr><th><span class=\"dot\" style=\"background: {color}\"></span>{escape(item.name)}</th>"
        f"<td>{_decimal(item.ap_50)}</td><td>{_decimal(item.ap)}</td>"
        f"<td>{item.precision:.3f}</td><td>{item.recall:.3f}</td><td>{item.f1:.3f}</td>"
        f"<td>{item.support:,}</td></tr>"
        for item, color in zip(e.per_class, colors, strict=True)
    )
    return (
        "<section><h2>Classes</h2><div class=\"wide\"><table class=\"lines full\"><thead><tr>"
        "<th>Class</th><th>AP@.5</th><th>AP</th><th>Precision</th><th>Recall</th><th>F1</th>"
        f"<th>Labels</th></tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _curves(e: Evaluation, colors: Sequence[str]) -> str:
    lines = [(curve, color) for curve, color in zip(e.curves, colors, strict=True)
             if len(curve.scores)]
    precision_recall = [_line(curve.recall, curve.precision, color, curve.name)
                        for curve, color in lines]
    marks = [_point(curve, e.thresholds.score_thresh, color) for curve, color in lines]
    f1 = [_line(curve.scores, curve.f1, color, curve.name) for curve, color in lines]
    at = _x(e.thresholds.score_thresh)
    score = (f"<line class=\"mark\" x1=\"{at:.1f}\" x2=\"{at:.1f}\" y1=\"{_y(0):.1f}\" "
             f"y2=\"{_y(1):.1f}\"/>")
    return (
        "<div class=\"pair\"><section><h2>Precision and recall</h2>"
        f"{_plot('recall', precision_recall + marks, 'Precision over recall')}</section>"
        "<section><h2>F1 by score</h2>"
        f"{_plot('score', [*f1, score], 'F1 over the score threshold')}</section></div>"
    )


def _x(value: float) -> float:
    return _MARGIN_LEFT + value * (_PLOT_WIDTH - _MARGIN_LEFT - _MARGIN_RIGHT)


def _y(value: float) -> float:
    return _PLOT_HEIGHT - _MARGIN_BOTTOM - value * (_PLOT_HEIGHT - _MARGIN_BOTTOM - _MARGIN_TOP)


def _plot(x_name: str, items: Sequence[str], name: str) -> str:
    grid = "".join(
        f"<line class=\"grid\" x1=\"{_x(0):.1f}\" x2=\"{_x(1):.1f}\" y1=\"{_y(v):.1f}\" "
        f"y2=\"{_y(v):.1f}\"/><text x=\"{_x(0) - 6:.1f}\" y=\"{_y(v) + 4:.1f}\" "
        f"text-anchor=\"end\">{v:.2f}</text><text x=\"{_x(v):.1f}\" "
        f"y=\"{_PLOT_HEIGHT - 8}\" text-anchor=\"middle\">{v:.2f}</text>"
        for v in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    return (f"<svg viewBox=\"0 0 {_PLOT_WIDTH} {_PLOT_HEIGHT}\" role=\"img\" "
            f"aria-label=\"{name}\">{grid}{''.join(items)}</svg>"
            f"<p class=\"soft\" style=\"text-align: center\">{x_name}</p>")


def _line(x: Float64Array | np.ndarray[Any, Any], y: Float64Array, color: str, name: str) -> str:
    keep = np.unique(np.linspace(0, len(x) - 1, min(len(x), _CURVE_POINTS)).round().astype(int))
    points = " ".join(f"{_x(float(a)):.1f},{_y(float(b)):.1f}"
                      for a, b in zip(x[keep], y[keep], strict=True))
    return (f"<polyline points=\"{points}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" "
            f"stroke-linejoin=\"round\"><title>{escape(name)}</title></polyline>")


def _point(curve: Curve, score: float, color: str) -> str:
    at = curve.at(score)
    if at is None:
        return ""
    return (f"<circle cx=\"{_x(at[1]):.1f}\" cy=\"{_y(at[0]):.1f}\" r=\"4.5\" fill=\"{color}\" "
            f"stroke=\"var(--panel)\" stroke-width=\"1.5\"><title>{escape(curve.name)}: precision "
            f"{at[0]:.3f}, recall {at[1]:.3f}</title></circle>")


def _gallery(images: Sequence[ReportImage]) -> str:
    if not images:
        return ""
    figures = "".join(
        f"<figure><img alt=\"{escape(item.caption)}\" src=\"data:{item.mime};base64,{item.data}\">"
        f"<figcaption>{escape(item.caption)}</figcaption></figure>" for item in images
    )
    return (f"<section><h2>Samples</h2><div class=\"gallery\">{figures}</div>"
            "<p class=\"soft\">solid: label · dashed: detection, with its score</p></section>")


def _config(config: Mapping[str, Any]) -> str:
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


def _how_counted(e: Evaluation) -> str:
    return (
        "<section><details><summary>How it was counted</summary><p class=\"soft\">"
        "Average precision is COCO's: the mean over IoU .50 to .95 in steps of .05, precision "
        f"read at 101 points of recall, at most {AP_MAX_DETECTIONS} detections of a class on an "
        f"image, scores from {AP_MIN_SCORE:g}, after suppression at IoU "
        f"{e.thresholds.nms_thresh:g} within a class, at most {MAX_DETECTIONS} detections on an "
        "image. Precision, recall, F1 and the matrix count what is left above the score. Each "
        "detection, the best first, takes the free label of its class that it overlaps most; "
        "what is left on both sides is then paired across classes. Labels marked difficult are "
        "neither hit nor missed.</p></details></section>"
    )
