"""A detector's report: what the evaluation says, as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from workbench.evaluation.average_precision import AP_MIN_SCORE, Curve
from workbench.evaluation.nms import MAX_DETECTIONS
from workbench.evaluation.report_page import (
    ReportImage,
    ReportStyle,
    cards,
    class_colors,
    class_table,
    config_table,
    counted,
    curve_line,
    decimal,
    folded,
    gallery,
    header,
    html_page,
    matrix,
    plot,
    plot_x,
    plot_y,
)
from workbench.evaluation.result import NONE, Evaluation
from workbench.tasks.detection.verdict import verdict


def build_report(
    evaluation: Evaluation, *, title: str, run: str, split: str, created: str = "",
    config: Mapping[str, Any] | None = None, images: Sequence[ReportImage] = (),
    style: ReportStyle | None = None, notes: Sequence[str] = (),
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
    notes
        What should be known about the figures, a sentence each.

    Returns
    -------
    str
        One HTML document.
    """
    style = style or ReportStyle()
    colors = class_colors(style, len(evaluation.classes))
    return html_page((title, run, split), style, (
        header(title, (run, split, created), _counts(evaluation)),
        _verdict(evaluation, split),
        "".join(f"<p>{escape(note)}</p>" for note in notes),
        _cards(evaluation),
        matrix([*evaluation.classes, NONE], evaluation.confusion, "true ↓ detected →",
               "Last column: missed. Last row: found where nothing is."),
        _classes(evaluation, colors),
        _curves(evaluation, colors),
        gallery("Samples", images, "solid: label · dashed: detection, with its score"),
        config_table(config or {}),
        folded("How it was counted", _how_counted(evaluation)),
    ))


def _verdict(evaluation: Evaluation, split: str) -> str:
    found = verdict(evaluation, split)
    return f"<section><h2>{escape(found.title)}.</h2><p>{escape(found.text)}</p></section>"


def _counts(e: Evaluation) -> str:
    difficult = f", {counted(e.difficult, 'difficult one')} left out" if e.difficult else ""
    return (f"{counted(e.images, 'image')} · {counted(e.truths, 'label')}{difficult}"
            f" · {e.shown:,} detections shown of {e.raw:,} raw")


def _cards(e: Evaluation) -> str:
    values = (("mAP@0.5", e.map_50), ("mAP", e.map), ("mAP@0.75", e.map_75), ("F1", e.f1),
              ("Precision", e.precision), ("Recall", e.recall))
    t = e.thresholds
    return cards([(name, decimal(value)) for name, value in values],
                 f"at score {t.score_thresh:.2f}, NMS IoU {t.nms_thresh:.2f}, "
                 f"match IoU {t.match_iou:.2f}")


def _classes(e: Evaluation, colors: Sequence[str]) -> str:
    rows = [(item.name, (decimal(item.ap_50), decimal(item.ap), decimal(item.precision),
                         decimal(item.recall), decimal(item.f1), f"{item.support:,}"))
            for item in e.per_class]
    return class_table(("AP@.5", "AP", "Precision", "Recall", "F1", "Labels"), rows, colors)


def _curves(e: Evaluation, colors: Sequence[str]) -> str:
    lines = [(curve, color) for curve, color in zip(e.curves, colors, strict=True)
             if len(curve.scores)]
    precision_recall = [curve_line(curve.recall, curve.precision, color, curve.name)
                        for curve, color in lines]
    marks = [_point(curve, e.thresholds.score_thresh, color) for curve, color in lines]
    f1 = [curve_line(curve.scores, curve.f1, color, curve.name) for curve, color in lines]
    at = plot_x(e.thresholds.score_thresh)
    score = (f"<line class=\"mark\" x1=\"{at:.1f}\" x2=\"{at:.1f}\" y1=\"{plot_y(0):.1f}\" "
             f"y2=\"{plot_y(1):.1f}\"/>")
    return (
        "<div class=\"pair\"><section><h2>Precision and recall</h2>"
        f"{plot('recall', precision_recall + marks, 'Precision over recall')}</section>"
        "<section><h2>F1 by score</h2>"
        f"{plot('score', [*f1, score], 'F1 over the score threshold')}</section></div>"
    )


def _point(curve: Curve, score: float, color: str) -> str:
    at = curve.at(score)
    if at is None:
        return ""
    return (f"<circle cx=\"{plot_x(at[1]):.1f}\" cy=\"{plot_y(at[0]):.1f}\" r=\"4.5\" "
            f"fill=\"{color}\" stroke=\"var(--panel)\" stroke-width=\"1.5\">"
            f"<title>{escape(curve.name)}: precision {at[0]:.3f}, recall {at[1]:.3f}</title>"
            "</circle>")


def _how_counted(e: Evaluation) -> str:
    return (
        "Average precision is COCO's: the mean over IoU .50 to .95 in steps of .05, precision "
        f"read at 101 points of recall, at most {e.ap_max_detections} detections of a class on an "
        f"image, scores from {AP_MIN_SCORE:g}, after suppression at IoU "
        f"{e.thresholds.nms_thresh:g} within a class, at most {MAX_DETECTIONS} detections on an "
        "image. Precision, recall, F1 and the matrix count what is left above the score. Each "
        "detection, the best first, takes the free label of its class that it overlaps most; "
        "what is left on both sides is then paired across classes. Labels marked difficult are "
        "neither hit nor missed."
    )
