"""The report of a detector of calls, for the window and for the shell. No Qt in here."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from workbench.core.arrays import FloatArray
from workbench.core.colors import ON_IMAGE
from workbench.core.shapes import Bounds
from workbench.core.text import count, tr
from workbench.evaluation.box_entries import mistakes_per_image
from workbench.evaluation.box_report import build_report
from workbench.evaluation.verdict import RECORDINGS
from workbench.formats.atomic import write_atomic
from workbench.media.sounds.clip import ClipReader
from workbench.media.sounds.colormap import color_table
from workbench.media.sounds.spectrogram import SpectrogramSettings, tile, to_bytes, usual_fft
from workbench.project.class_results import report_picture
from workbench.tasks.sound_detection.calls import busiest
from workbench.tasks.sound_detection.results import CallSnapshot

_PICTURES = 9
_SECONDS = 12.0
"""Of a recording at most, in a picture: where most calls are."""
_SIZE = (640, 220)
_RANGE_DB = 70.0  # below the loudest place
_DASH, _GAP = 6, 4


def write_report(path: Path, shown: CallSnapshot, *, title: str, config: Mapping[str, Any],
                 colors: Sequence[str]) -> Path:
    """Write the HTML report of a snapshot to ``path`` and return it; for any thread.

    Raises
    ------
    WorkbenchError
        If it cannot be written; a report that was there before is untouched.
    """
    results, mistakes = shown.results, mistakes_per_image(shown.evaluation)
    images = []
    for place in np.argsort(-mistakes, kind="stable")[:_PICTURES].tolist():
        wrong = int(mistakes[place])
        words = count(wrong, "mistake") if wrong else tr("all found")
        name = results.keys[place].rpartition("/")[2]
        images.append(report_picture(f"{name}: {words}", partial(_picture, shown, place, colors)))
    text = build_report(
        shown.evaluation, title=title, run=results.run, split=results.split, config=config,
        images=images, colors=colors, nouns=RECORDINGS,
        notes=[*filter(None, (results.doubt,)), *results.known.words()])
    write_atomic(path, text.encode("utf-8", "backslashreplace"))
    return path


def _picture(shown: CallSnapshot, place: int, colors: Sequence[str]) -> bytes:
    """A stretch of a recording as JPEG: labels solid, what was found dashed, with scores."""
    evaluation, record = shown.evaluation, shown.results.records[place]
    truths, found = evaluation.truth_table, evaluation.detection_table
    mine = slice(int(truths.starts[place]), int(truths.starts[place + 1]))
    own = (found.image == place) & evaluation.shown_mask
    start, end = busiest(record, _SECONDS)
    image = _spectrogram(record.path, start, end)
    draw = ImageDraw.Draw(image)
    window = (start, 0.0, end, record.info.nyquist)
    for box, label in zip(truths.boxes[mine], truths.labels[mine], strict=True):
        draw.rectangle(_placed(box, window), outline=colors[label], width=2)
    for box, label, score in zip(found.boxes[own], found.labels[own], found.scores[own],
                                 strict=True):
        left, top, right, bottom = _placed(box, window)
        _dashed(draw, (left, top, right, bottom), colors[label])
        draw.text((left + 3, top + 1), f"{score:.2f}", fill=ON_IMAGE, stroke_width=2,
                  stroke_fill=colors[label])
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()


def _spectrogram(path: Path, start: float, end: float) -> Image.Image:
    width, height = _SIZE
    with ClipReader(path) as reader:
        rate = reader.info.sample_rate
        n_fft = usual_fft(rate)
        settings = SpectrogramSettings(n_fft, max(1, n_fft // 16), scale="linear", bins=height)
        decibel = tile(reader, start * rate, max((end - start) * rate, 1.0) / width, width,
                       settings)
    loudest = float(decibel.max())
    pixels = to_bytes(decibel, loudest - _RANGE_DB, loudest)
    return Image.fromarray(color_table("gray")[pixels])


def _placed(box: FloatArray, window: Bounds) -> tuple[float, float, float, float]:
    """A call in pixels of the picture of ``window``."""
    start, low, end, high = window
    width, height = _SIZE
    across, up = width / (end - start), height / (high - low)
    return (float(np.clip((box[0] - start) * across, 0, width)),
            float(np.clip((high - box[3]) * up, 0, height)),
            float(np.clip((box[2] - start) * across, 0, width)),
            float(np.clip((high - box[1]) * up, 0, height)))


def _dashed(draw: ImageDraw.ImageDraw, box: Bounds, color: str) -> None:
    left, top, right, bottom = box
    for x in np.arange(left, right, _DASH + _GAP).tolist():
        for y in (top, bottom):
            draw.line((x, y, min(x + _DASH, right), y), fill=color, width=2)
    for y in np.arange(top, bottom, _DASH + _GAP).tolist():
        for x in (left, right):
            draw.line((x, y, x, min(y + _DASH, bottom)), fill=color, width=2)
