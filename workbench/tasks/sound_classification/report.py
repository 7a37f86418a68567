"""A sound classifier's report: what the classification says, as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.evaluation.classification import BACKGROUND, Classification
from workbench.evaluation.report_page import (
    ReportImage,
    ReportStyle,
    class_colors,
    decimal,
    render_report,
)

_TEMPLATE = Path(__file__).parent / "templates" / "report.html"

def build_sound_report(
    result: Classification, *, title: str, run: str, split: str, created: str = "",
    config: Mapping[str, Any] | None = None, mistakes: Sequence[ReportImage] = (),
    style: ReportStyle | None = None, doubt: str = "",
) -> str:
    """Build the report.

    Parameters
    ----------
    result
        What is reported.
    title, run, split, created
        Project, run's name, "test", and a date in words; shown at the top.
    config
        The run's frozen configuration; nested tables are flattened with dots.
    mistakes
        Pictures of :func:`worst_mistakes`, in their order, with captions.
    style
        Colours.
    doubt
        Why the scores say little about new sounds, or ""; shown beside the figures.

    Returns
    -------
    str
        One HTML document.
    """
    colors = class_colors(style, len(result.classes))
    rows = [(item.name, (decimal(item.precision), decimal(item.recall), decimal(item.f1),
                         decimal(item.roc_auc), f"{item.support:,}"))
            for item in result.per_class]
    return render_report(
        _TEMPLATE, title=title, run=run, split=split, created=created, config=config, style=style,
        result=result, figures=result.to_json(), doubt=doubt, images=mistakes,
        mistakes=int((result.predicted != result.truth).sum()),
        names=[*result.classes, result.none], background=result.none == BACKGROUND,
        rows=rows, colors=colors,
        curves=[(name, color, false, true) for name, color, (false, true)
                in zip(result.classes, colors, result.curves, strict=True) if len(false)],
    )
