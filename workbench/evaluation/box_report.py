"""A detector's report: what the evaluation says, as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.evaluation.average_precision import AP_MIN_SCORE
from workbench.evaluation.keypointed import NEAR, SIGMA
from workbench.evaluation.nms import MAX_DETECTIONS
from workbench.evaluation.report_page import (
    ReportImage,
    class_colors,
    decimal,
    render_report,
)
from workbench.evaluation.result import NONE, Evaluation
from workbench.evaluation.verdict import IMAGES, Nouns, verdict

_TEMPLATE = Path(__file__).parent / "templates" / "boxes.html"


def build_report(
    evaluation: Evaluation, *, title: str, run: str, split: str,
    config: Mapping[str, Any] | None = None, images: Sequence[ReportImage] = (),
    colors: Sequence[str] = (), notes: Sequence[str] = (), nouns: Nouns = IMAGES,
) -> str:
    """Build the report.

    Parameters
    ----------
    evaluation
        What is reported.
    title, run, split
        Project, run's name, "test"; shown at the top.
    config
        The run's frozen configuration; nested tables are flattened with dots.
    images
        Sample pictures, already drawn and encoded.
    colors
        "#rrggbb" for each class.
    notes
        What should be known about the figures, a sentence each.
    nouns
        What is judged, in words.

    Returns
    -------
    str
        One HTML document.
    """
    colors = class_colors(colors, len(evaluation.classes))
    rows = [(item.name, (decimal(item.ap_50), decimal(item.ap), decimal(item.precision),
                         decimal(item.recall), decimal(item.f1), f"{item.support:,}"))
            for item in evaluation.per_class]
    return render_report(
        _TEMPLATE, title=title, run=run, split=split, config=config,
        result=evaluation, verdict=verdict(evaluation, split, nouns=nouns), nouns=nouns,
        notes=notes, images=images,
        names=[*evaluation.classes, NONE], rows=rows, colors=colors,
        curves=[(curve, color) for curve, color in zip(evaluation.curves, colors, strict=True)
                if len(curve.scores)],
        min_score=AP_MIN_SCORE, max_detections=MAX_DETECTIONS, near=NEAR, sigma=SIGMA,
    )
