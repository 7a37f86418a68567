"""What leaves the program: the boxes behind a number as CSV, and the report with its samples."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF
from PySide6.QtGui import QFont, QImage, QImageWriter, QPainter

from workbench.core.csv_text import csv_text
from workbench.core.skeletons import NO_SKELETONS, Skeleton
from workbench.core.text import count, tr
from workbench.evaluation.box_entries import cells_of, mistakes_per_image
from workbench.evaluation.box_report import build_report
from workbench.evaluation.box_words import NONE
from workbench.evaluation.confusion import MatrixCell
from workbench.evaluation.report_page import ReportImage
from workbench.formats.atomic import write_atomic
from workbench.gui.label.images.crops import Crop, cut_out
from workbench.gui.label.images.decoding import DecodeFailure, decode
from workbench.gui.style.painting import small
from workbench.tasks.detection.results import Snapshot
from workbench.tasks.detection.window.drawing import ImagePlacement, paint_boxes_on
from workbench.tasks.detection.window.drawn_boxes import DrawnBoxes

_SAMPLES = 12
_SAMPLE_WIDTH = 480
_QUALITY = 82
_HEAD = (
    "file", "truth", "detected", "score", "iou", "truth_xmin", "truth_ymin", "truth_xmax",
    "truth_ymax", "detected_xmin", "detected_ymin", "detected_xmax", "detected_ymax",
)


def csv_bytes(snapshot: Snapshot) -> bytes:
    """The boxes behind the chosen cell or cells, or behind all, as CSV (UTF-8, one head line).

    Boxes are xyxy in pixels of the displayed image, 0-based, half-open; what is missing is empty
    and its class "none". Of a model that finds outlines, their overlap is told, too, and of one
    that finds key points, which share of the labelled ones it found.
    """
    cells = cells_of(snapshot.evaluation, snapshot.entries.selection)
    evaluation = snapshot.evaluation
    details = {"outline_iou": evaluation.outline_overlaps is not None,
               "keypoint_pck": evaluation.keypoints_near is not None}
    columns = [name for name, there in details.items() if there]
    lines = (line for cell in cells for line in _lines(snapshot, cell, columns))
    return csv_text(((*_HEAD, *columns), *lines)).encode("utf-8", "backslashreplace")


def _lines(snapshot: Snapshot, cell: MatrixCell, columns: Sequence[str]) -> list[list[str]]:
    results = snapshot.results
    names = (*results.classes, NONE)
    # the gallery's order where it shows these boxes, by image otherwise
    table = (snapshot.entries.table if snapshot.entries.selection == cell
             else snapshot.evaluation.cell_table(*cell))
    lines = []
    for i in range(len(table)):
        image, truth, found = (int(v[i]) for v in (table.image, table.truth, table.detection))
        both = truth >= 0 and found >= 0
        lines.append([
            results.keys[image], names[cell[0]], names[cell[1]],
            f"{table.score[i]:.4f}" if found >= 0 else "", f"{table.iou[i]:.4f}" if both else "",
            *_numbers(results.objects[image][truth].box if truth >= 0 else None),
            *_numbers(results.raw[image].boxes[found].tolist() if found >= 0 else None),
            *(_share(getattr(table, name)[i]) for name in columns),
        ])
    return lines


def _share(value: float) -> str:
    return "" if isnan(value) else f"{value:.4f}"


def _numbers(box: Sequence[float] | None) -> list[str]:
    return ["", "", "", ""] if box is None else [f"{value:.2f}".rstrip("0").rstrip(".")
                                                 for value in box]


def write_report(
    snapshot: Snapshot, path: Path, *, title: str, config: dict[str, Any],
    colors: Sequence[str], font: QFont, skeletons: Mapping[str, Skeleton] = NO_SKELETONS,
) -> Path:
    """Write the HTML report of a snapshot to ``path`` and return it; for any thread.

    Raises
    ------
    WorkbenchError
        If it cannot be written; a report that was there before is untouched.
    """
    marks = DrawnBoxes(snapshot.results, snapshot.evaluation, colors, skeletons=skeletons)
    samples = [_sample(snapshot, marks, image, font) for image in sample_images(snapshot)]
    html = build_report(
        snapshot.evaluation, title=title, run=snapshot.results.run,
        split=snapshot.results.split, config=config,
        images=[sample for sample in samples if sample is not None], colors=colors,
        notes=snapshot.results.known.words(),
    )
    write_atomic(path, html.encode("utf-8", "backslashreplace"))
    return path


def sample_images(snapshot: Snapshot) -> list[int]:
    """Half of them where the model is wrong most often, half spread over the set."""
    images = len(snapshot.results.keys)
    worst = np.argsort(-mistakes_per_image(snapshot.evaluation), kind="stable")
    spread = np.linspace(0, max(images - 1, 0), _SAMPLES).round().astype(int)
    chosen = dict.fromkeys([*worst[: _SAMPLES // 2].tolist(), *spread.tolist()])
    return [image for image in chosen if image < images][:_SAMPLES]


def _sample(snapshot: Snapshot, marks: DrawnBoxes, image: int, font: QFont) -> ReportImage | None:
    results = snapshot.results
    width, height = results.sizes[image]
    shown = QRectF(0, 0, _SAMPLE_WIDTH, max(1, round(_SAMPLE_WIDTH * height / max(width, 1))))
    part = (0.0, 0.0, float(width), float(height))
    try:
        whole = decode(results.paths[image])
    except DecodeFailure:
        return None
    picture = cut_out(whole, part, Crop("", part, int(shown.width()), int(shown.height())))
    with QPainter(picture) as painter:
        paint_boxes_on(painter, marks.on(image), ImagePlacement.fitting(part, shown), shown,
                       small(font))
    wrong = int(mistakes_per_image(snapshot.evaluation)[image])
    words = count(wrong, "mistake") if wrong else tr("all found")
    return ReportImage(f"{results.keys[image]} · {words}", _jpeg(picture))


def _jpeg(picture: QImage) -> str:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"jpeg"))
    writer.setQuality(_QUALITY)
    writer.write(picture)
    return base64.b64encode(bytes(data.data())).decode("ascii")
