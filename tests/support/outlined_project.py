"""Makes a project of boxes into one of outlines, and what a run found into what a run would that
finds outlines."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from workbench.core.outline_grids import SIDE, Grids
from workbench.core.outlines import Polygon
from workbench.core.shapes import Bounds
from workbench.formats.predictions import load_predictions, save_predictions
from workbench.formats.voc import read_voc


def ellipse(box: Bounds, corners: int = 24) -> Polygon:
    """The ellipse that fills ``box``."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    around = [2 * math.pi * at / corners for at in range(corners)]
    return Polygon((tuple((x + (box[2] - x) * math.cos(at), y + (box[3] - y) * math.sin(at))
                          for at in around),))


def outline_labels(annotations: Iterable[Path]) -> None:
    """Give each box in these VOC files the outline of an ellipse."""
    for path in annotations:
        document = read_voc(path)
        path.write_bytes(document.render(replace(document.annotation, objects=tuple(
            item.with_shape(ellipse(item.box)) for item in document.annotation.objects))))


def round_grids(count: int, size: float = 1.0) -> Grids:
    """Grids of ellipses that fill their boxes, or the share ``size`` of each side."""
    y, x = np.mgrid[:SIDE, :SIDE] / (SIDE - 1) * 2 - 1
    grid = np.clip((size - np.hypot(x, y)) * SIDE * 64 + 128, 0, 255).astype(np.uint8)
    return np.repeat(grid[None], count, 0)


def outline_predictions(path: Path, size: float = 1.0) -> None:
    """Give every stored detection the outline of an ellipse."""
    found = load_predictions(path)
    found.detections = [replace(item, outlines=round_grids(len(item), size))
                        for item in found.detections]
    save_predictions(path, found)
