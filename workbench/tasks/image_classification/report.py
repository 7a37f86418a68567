"""The report of a classifier of images: one HTML file, for the window and for the shell."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.colors import DARK, LIGHT
from workbench.core.errors import WorkbenchError
from workbench.evaluation.classification import Classification, worst_mistakes
from workbench.evaluation.report_page import (
    ReportImage,
    ReportStyle,
    class_colors,
    decimal,
    render_report,
)
from workbench.formats.atomic import write_atomic
from workbench.tasks.image_classification.dataset import LabelledImage

_TEMPLATE = Path(__file__).parent / "templates" / "report.html"
_SIDE = 240  # pixels of a mistake's picture
_MOST_IN_MATRIX = 100  # classes; of more the pairs that are confused most are listed
_MOST_CURVES = 20


def write_image_report(
    path: Path, result: Classification, images: Sequence[LabelledImage], *, title: str, run: str,
    split: str, config: Mapping[str, Any], colors: Sequence[str],
) -> Path:
    """Write the HTML report to ``path`` and return it; for any thread.

    Parameters
    ----------
    result
        What is reported.
    images
        Those that it is about, in its order.
    title, run, split, config
        Project, run and part, and how the run was trained.
    colors
        "#rrggbb" for each class.

    Raises
    ------
    WorkbenchError
        If it cannot be written; a report that was there before is untouched.
    """
    few = len(result.classes) <= _MOST_IN_MATRIX
    style = ReportStyle(colors, LIGHT._asdict(), DARK._asdict())
    own = class_colors(style, len(result.classes))
    rows = [(item.name, (decimal(item.precision), decimal(item.recall), decimal(item.f1),
                         decimal(item.roc_auc), f"{item.support:,}"))
            for item in result.per_class]
    html = render_report(
        _TEMPLATE, title=title, run=run, split=split, config=config, style=style, result=result,
        created=f"{datetime.now():%d %B %Y, %H:%M}".lstrip("0"), figures=result.to_json(),
        images=list(_mistakes(result, images)), rows=rows, colors=own,
        mistakes=int((result.predicted != result.truth).sum()), names=list(result.classes),
        matrix=result.confusion[:-1, :-1].tolist() if few else [],
        pairs=[] if few else most_confused(result),
        curves=[(name, color, false, true) for name, color, (false, true)
                in zip(result.classes, own, result.curves, strict=True)
                if len(false) and len(own) <= _MOST_CURVES],
    )
    write_atomic(path, html.encode("utf-8"))
    return path


def most_confused(result: Classification, most: int = 50) -> list[tuple[str, str, int]]:
    """Class, what it was taken for, and how often; the most frequent first."""
    wrong = result.confusion[:-1, :-1].copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    rows, columns = np.unravel_index(order, wrong.shape)
    return [(result.classes[row], result.classes[column], int(wrong[row, column]))
            for row, column in zip(rows, columns, strict=True) if wrong[row, column]]


def _mistakes(result: Classification, images: Sequence[LabelledImage]) -> Iterator[ReportImage]:
    from PIL import Image

    from workbench.media.images.pixels import upright_rgb

    confidence = result.confidence
    for index in worst_mistakes(result):
        item = images[index]
        believed = result.classes[int(result.predicted[index])]
        words = (f"{item.key.rpartition('/')[2]}: {item.label} taken for {believed} "
                 f"({confidence[index]:.2f})")
        stream = io.BytesIO()
        try:
            small = Image.fromarray(upright_rgb(item.path))
            small.thumbnail((_SIDE, _SIDE))
            small.save(stream, "JPEG", quality=85)
        except (WorkbenchError, OSError):
            pass  # a file that has gone since: its line stays, without a picture
        yield ReportImage(words, base64.b64encode(stream.getvalue()).decode("ascii"))
