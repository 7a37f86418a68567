"""The report of a model of areas: one HTML file, for the window and for the shell."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import partial
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.colors import CONFUSED, EXTRA, MISSED
from workbench.core.text import share_text
from workbench.evaluation.class_report import MOST_IN_MATRIX, confused_pairs
from workbench.evaluation.report_page import ReportImage, class_colors, decimal, render_report
from workbench.project.class_results import report_picture, save_report
from workbench.tasks.segmentation.messages import class_notes
from workbench.tasks.segmentation.overlays import overlay_codes, palette_of
from workbench.tasks.segmentation.results import (
    AreaSet,
    AreaSnapshot,
    background_last,
    snapshot,
)

_TEMPLATE = Path(__file__).parent / "templates" / "report.html"
_PICTURES = 12
_SIDE = 480  # pixels of a picture in the report
_COVER, _DIMMED = 0.9, 0.72  # of the differences, and of the picture below


def write_report(
    path: Path, results: AreaSet, least: float, *, title: str, config: Mapping[str, Any],
    colors: Sequence[str] = (),
) -> Path:
    """Write the report of a run on a part of its split to ``path`` and return it; for any thread.

    Parameters
    ----------
    least
        Score from which on a pixel counts.
    colors
        "#rrggbb" for each class.

    Raises
    ------
    WorkbenchError
        If it cannot be written; a report that was there before is untouched.
    """
    shown = snapshot(results, least, None, "worst")
    found = shown.evaluation
    own = class_colors(colors, len(found.classes))
    pixels = int(found.confusion.sum())
    background, *classes = found.per_class
    rows = [(item.name, (decimal(item.iou), decimal(item.dice), decimal(item.precision),
                         decimal(item.recall), share_text(item.truth / max(1, pixels))))
            for item in (*classes, background)]
    names, matrix = [*found.classes, background.name], background_last(found.confusion)
    few = len(found.classes) <= MOST_IN_MATRIX
    html = render_report(
        _TEMPLATE, title=title, run=results.run, split=results.split, config=config, result=found,
        pixels=pixels, rows=rows, colors=[*own, ""], unlabelled=results.unlabelled,
        notes=[*filter(None, (results.doubt,)), *class_notes(results)],
        names=names, matrix=matrix.tolist() if few else [],
        pairs=[] if few else confused_pairs(matrix, names),
        images=[_picture(shown, image) for image in worst(shown)], legend=_legend(found.classes))
    return save_report(path, html)


def worst(shown: AreaSnapshot, most: int = _PICTURES) -> list[int]:
    """Numbers of the images with wrong pixels, the worst first."""
    return [image for image in shown.rows.tolist() if shown.figures.wrong[image] > 0][:most]


def _legend(classes: Sequence[str]) -> list[tuple[str, str]]:
    legend = [("missed", MISSED), ("found where nothing is labelled", EXTRA)]
    return [*legend, ("wrong class", CONFUSED)] if len(classes) > 1 else legend


def _picture(shown: AreaSnapshot, image: int) -> ReportImage:
    miou, wrong = float(shown.figures.miou[image]), float(shown.figures.wrong[image])
    words = [shown.results.records[image].key.rpartition("/")[2],
             *([] if isnan(miou) else [f"mean IoU {miou:.3f}"]),
             f"{share_text(wrong)} of its pixels wrong"]
    return report_picture(" · ".join(words), partial(_drawn, shown, image))


def _drawn(shown: AreaSnapshot, image: int) -> bytes:
    """An image as JPEG with its differences."""
    from PIL import Image

    from workbench.media.images.pixels import upright_rgb

    found, truth = shown.results.pixels(image)
    palette = palette_of("differences", ())
    palette[:, 3] = np.round(palette[:, 3] * _COVER)
    codes = overlay_codes(found, truth, shown.evaluation.least, "differences")
    small = Image.fromarray(upright_rgb(shown.results.records[image].path))
    small.thumbnail((_SIDE, _SIDE))
    small = small.point([round(value * _DIMMED) for value in range(256)] * 3)
    over = Image.fromarray(palette[codes]).convert("RGBa").resize(
        small.size, Image.Resampling.BILINEAR).convert("RGBA")
    small.paste(over, mask=over)
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=85)
    return stream.getvalue()
