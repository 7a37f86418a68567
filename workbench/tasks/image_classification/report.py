"""The report of a classifier of images: one HTML file, for the window and for the shell."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.core.errors import WorkbenchError
from workbench.evaluation.class_report import render_class_report
from workbench.evaluation.classification import Classification, worst_mistakes
from workbench.evaluation.report_page import ReportImage
from workbench.formats.atomic import write_atomic
from workbench.tasks.image_classification.dataset import LabelledImage

_SIDE = 240  # pixels of a mistake's picture


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
    html = render_class_report(
        result, "image", title=title, run=run, split=split, config=config, colors=colors,
        mistakes=list(_mistakes(result, images)), mistakes_note="the surest first")
    write_atomic(path, html.encode("utf-8"))
    return path


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
