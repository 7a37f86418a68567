"""The reports of models of whole images: one HTML file each, for the window and for the shell."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from workbench.evaluation.classification import Classification
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
from workbench.project.class_results import report_picture, save_report, write_class_report
from workbench.tasks.image_classification.dataset import LabelledImage

_SIDE = 240  # pixels of a mistake's picture


def write_image_report(
    path: Path, result: Classification, images: Sequence[LabelledImage], **values: Any
) -> Path:
    """See :func:`workbench.project.class_results.write_class_report`."""
    return write_class_report(path, result, images, "image", _picture,
                              mistakes_note="the surest first", **values)


def write_tag_report(
    path: Path, result: Tagging, images: Sequence[LabelledImage], *, title: str, run: str,
    split: str, config: Mapping[str, Any], colors: Sequence[str], doubt: str = "",
) -> Path:
    """The report of a model of tags; see :func:`write_image_report`."""
    mistakes = [_picture(images[place], wrong_tags(result, place))
                for place in worst_tagged(result)]
    html = render_tag_report(result, "image", title=title, run=run, split=split, config=config,
                             colors=colors, doubt=doubt, mistakes=mistakes)
    return save_report(path, html)


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
    return save_report(path, html)


def _picture(item: LabelledImage, words: str) -> ReportImage:
    return report_picture(f"{item.key.rpartition('/')[2]}: {words}", partial(_small, item.path))


def _small(path: Path) -> bytes:
    from PIL import Image

    from workbench.media.images.pixels import upright_rgb

    stream = io.BytesIO()
    small = Image.fromarray(upright_rgb(path))
    small.thumbnail((_SIDE, _SIDE))
    small.save(stream, "JPEG", quality=85)
    return stream.getvalue()
