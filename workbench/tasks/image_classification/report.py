"""The reports of models of whole images: one HTML file each, for the window and for the shell."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.core.errors import WorkbenchError
from workbench.evaluation.class_report import render_class_report
from workbench.evaluation.classification import Classification, worst_mistakes
from workbench.evaluation.estimated import short
from workbench.evaluation.other_reports import (
    render_number_report,
    render_tag_report,
    worst_estimated,
    worst_tagged,
)
from workbench.evaluation.regression import Estimation
from workbench.evaluation.report_page import ReportImage
from workbench.evaluation.tags import Tagging, wrong_tags
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


def write_tag_report(
    path: Path, result: Tagging, images: Sequence[LabelledImage], *, title: str, run: str,
    split: str, config: Mapping[str, Any], colors: Sequence[str], doubt: str = "",
) -> Path:
    """The report of a model of tags; see :func:`write_image_report`."""
    mistakes = [_picture(images[place], wrong_tags(result, place))
                for place in worst_tagged(result)]
    html = render_tag_report(result, "image", title=title, run=run, split=split, config=config,
                             colors=colors, doubt=doubt, mistakes=mistakes)
    write_atomic(path, html.encode("utf-8"))
    return path


def write_number_report(
    path: Path, result: Estimation, images: Sequence[LabelledImage], *, title: str, run: str,
    split: str, config: Mapping[str, Any], doubt: str = "",
) -> Path:
    """The report of a model of numbers; see :func:`write_image_report`."""
    mistakes = [_picture(images[place], f"{short(result.truth[place])}, estimated "
                         f"{short(result.found[place])}") for place in worst_estimated(result)]
    html = render_number_report(result, [item.key for item in images], "image", title=title,
                                run=run, split=split, config=config, doubt=doubt,
                                mistakes=mistakes)
    write_atomic(path, html.encode("utf-8"))
    return path


def _mistakes(result: Classification, images: Sequence[LabelledImage]) -> Iterator[ReportImage]:
    confidence = result.confidence
    for index in worst_mistakes(result):
        item = images[index]
        believed = result.classes[int(result.predicted[index])]
        yield _picture(item, f"{item.label} taken for {believed} ({confidence[index]:.2f})")


def _picture(item: LabelledImage, words: str) -> ReportImage:
    from PIL import Image

    from workbench.media.images.pixels import upright_rgb

    stream = io.BytesIO()
    try:
        small = Image.fromarray(upright_rgb(item.path))
        small.thumbnail((_SIDE, _SIDE))
        small.save(stream, "JPEG", quality=85)
    except (WorkbenchError, OSError):
        pass  # a file that has gone since: its line stays, without a picture
    return ReportImage(f"{item.key.rpartition('/')[2]}: {words}",
                       base64.b64encode(stream.getvalue()).decode("ascii"))
