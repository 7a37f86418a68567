"""A report of a run as one HTML file, with pictures: truth solid, detections dashed."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import ImageDraw

from workbench.core.arrays import Float64Array, FloatArray, IntArray
from workbench.core.colors import ON_IMAGE
from workbench.core.detections import Detections, Truth
from workbench.core.found_points import LEAST_SURE
from workbench.core.outline_grids import outline_of
from workbench.core.outlines import Point
from workbench.core.rectangles import corners_of
from workbench.core.skeletons import Skeleton
from workbench.engine.models.card import read_card
from workbench.evaluation.box_report import build_report
from workbench.evaluation.nms import filter_detections
from workbench.evaluation.report_page import ReportImage
from workbench.formats.atomic import write_atomic
from workbench.media.images.pixels import open_picture, to_rgb, turns
from workbench.project.datasets.images import load_dataset
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder
from workbench.tasks.detection.engine.samples import Sample
from workbench.tasks.detection.engine.stored import dots_of_card, stored_of
from workbench.tasks.detection.shell_evaluate import RunReport

_PICTURES = 9
_SIDE = 640  # pixels of a picture in the report
_DASH, _PERIOD = 7, 11.9  # pixels of a dash, and of it with its gap
_LINE = 2
_POINT = 3  # pixels from the middle of a key point to its edge


def write_report(path: Path, project: Path, run: RunFolder, report: RunReport) -> Path:
    """Write the report of an evaluation to ``path``.

    Raises
    ------
    WorkbenchError
        If it cannot be written.
    """
    manifest = Manifest.load(project)
    colors = manifest.class_colors(report.evaluation.classes)
    skeletons = [manifest.skeletons.get(name, Skeleton()) for name in report.evaluation.classes]
    text = build_report(
        report.evaluation, title=manifest.name, run=run.name, split=report.split,
        config=run.config, images=list(_pictures(project, run, report, colors, skeletons)),
        colors=colors, notes=report.classes.words(),
    )
    write_atomic(path, text.encode("utf-8", "backslashreplace"))
    return path


def _pictures(
    project: Path, run: RunFolder, report: RunReport, colors: Sequence[str],
    skeletons: Sequence[Skeleton],
) -> Iterator[ReportImage]:
    """Some images of the split, spread evenly."""
    card = read_card(run.best_path)
    stored = stored_of(run.predictions_path(report.split), card)
    data = load_dataset(project, run.split)
    records = {item.key: item for item in data.part(report.split)}
    limits = report.evaluation.thresholds
    dots = dots_of_card(card).renamed(dict(zip(card.classes, report.classes.all, strict=False)))
    count = min(_PICTURES, len(report.keys))
    for place in range(count):
        key = report.keys[place * len(report.keys) // count]
        truth = Sample.of(records[key], dots).truth(report.classes.all)
        found = filter_detections(stored.answers[key][1], limits.score_thresh, limits.nms_thresh)
        drawn = draw(records[key].path, truth, found, colors, skeletons,
                     [name in dots.found for name in report.classes.all])
        words = f"{key.rpartition('/')[2]}: {len(truth)} labelled, {len(found)} found"
        yield ReportImage(words, base64.b64encode(drawn).decode("ascii"))


def draw(path: Path, truth: Truth, found: Detections, colors: Sequence[str],
         skeletons: Sequence[Skeleton], as_dots: Sequence[bool] = ()) -> bytes:
    """An image as JPEG with its objects (solid) and what was found (dashed, with scores): the
    outline of each where it is known, else its box; and key points, of objects round ones, of
    detections square ones. Dots are full, those that were found are rings around: of which classes
    they are says ``as_dots``."""
    with open_picture(path) as (opened, info):
        opened.draft(None, (2 * _SIDE, 2 * _SIDE))
        image = to_rgb(opened, info, path)
        image.thumbnail((_SIDE, _SIDE))
        for step in turns(info):
            image = image.transpose(step)
    scale = np.tile(np.asarray(image.size) / (info.width, info.height), 2)
    canvas = ImageDraw.Draw(image)
    _draw_points(canvas, truth.keypoints, truth.labels, scale, colors, skeletons, least=1.0,
                 solid=True)
    _draw_points(canvas, found.keypoints, found.labels, scale, colors, skeletons, least=LEAST_SURE,
                 solid=False)
    outlined = truth.outlined if truth.outlined is not None else np.zeros(len(truth), np.bool_)
    for row, (box, label) in enumerate(zip(truth.boxes * scale, truth.labels, strict=True)):
        if truth.dots is not None and truth.dots[row, 2] > 0:
            _draw_dot(canvas, truth.dots[row, :2] * scale[:2], colors[label], found=False)
            continue
        for ring in _rings(truth, row, box, scale, known=bool(outlined[row])):
            canvas.line(ring, fill=colors[label], width=_LINE)
    for row, (box, label) in enumerate(zip(found.boxes * scale, found.labels, strict=True)):
        if as_dots and as_dots[label]:
            _draw_dot(canvas, (box[:2] + box[2:]) / 2, colors[label], found=True)
            continue
        for ring in _rings(found, row, box, scale, known=found.outlines is not None):
            _dashed(canvas, ring, colors[label])
        corner = (float(box[0]) + 3, float(box[1]) + 2)
        canvas.text(corner, f"{found.scores[row]:.2f}", fill=ON_IMAGE, stroke_width=2,
                    stroke_fill=colors[label])
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()


def _draw_points(
    canvas: ImageDraw.ImageDraw, points: FloatArray | None, labels: IntArray, scale: Float64Array,
    colors: Sequence[str], skeletons: Sequence[Skeleton], *, least: float, solid: bool,
) -> None:
    """Draw the key points of all objects whose visibility or score is at ``least`` so much, and
    what joins them."""
    for rows, label in zip(points if points is not None else (), labels.tolist(), strict=False):
        there = {number: (float(x * scale[0]), float(y * scale[1]))
                 for number, (x, y, seen) in enumerate(rows.tolist()) if seen >= least}
        for ends in skeletons[label].lines:
            line = [there[end] for end in ends if end in there]
            if solid and len(line) == 2:
                canvas.line(line, fill=colors[label], width=_LINE)
            else:
                _dashed(canvas, line, colors[label])
        for number, (x, y) in there.items():
            shape = canvas.ellipse if solid else canvas.rectangle
            shape((x - _POINT, y - _POINT, x + _POINT, y + _POINT), outline=ON_IMAGE,
                  fill=skeletons[label].color(number) or colors[label])


def _draw_dot(canvas: ImageDraw.ImageDraw, at: Float64Array, color: str, *, found: bool) -> None:
    (x, y), reach = at.tolist(), 2 * _POINT if found else _POINT
    around = (x - reach, y - reach, x + reach, y + reach)
    if found:
        canvas.ellipse(around, outline=color, width=_LINE)
    else:
        canvas.ellipse(around, outline=ON_IMAGE, fill=color)


def _rings(items: Truth | Detections, row: int, box: Float64Array, scale: Float64Array, *,
           known: bool) -> list[list[Point]]:
    """Closed lines, the first point again at the end: of a rotated box, of an outline that is
    ``known``, or else of its box."""
    left, top, right, bottom = box.tolist()
    if items.rotated is not None:
        ring = [(x, y) for x, y in (corners_of(items.rotated[row, None])[0] * scale[:2]).tolist()]
        return [[*ring, ring[0]]]
    outline = (outline_of(items.outlines[row], (left, top, right, bottom))
               if known and items.outlines is not None else None)
    rings = outline.rings if outline is not None else (
        ((left, top), (right, top), (right, bottom), (left, bottom)),)
    return [[*ring, ring[0]] for ring in rings]


def _dashed(canvas: ImageDraw.ImageDraw, ring: Sequence[Point], color: str) -> None:
    """Draw a line in dashes, which go on around its corners."""
    begun = 0.0  # so much of a dash and its gap lies behind
    for start, end in pairwise(ring):
        length = max(math.dist(start, end), 1e-3)
        for at in np.arange(-begun, length, _PERIOD):
            ends = [min(max(float(place), 0.0), length) / length for place in (at, at + _DASH)]
            if ends[0] < ends[1]:
                canvas.line([(start[0] + (end[0] - start[0]) * share,
                              start[1] + (end[1] - start[1]) * share) for share in ends],
                            fill=color, width=_LINE)
        begun = (begun + length) % _PERIOD
