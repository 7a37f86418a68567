"""Figures of images as a table."""

from __future__ import annotations

from math import isnan

from workbench.core.csv_text import csv_text
from workbench.tasks.segmentation.results import AreaSnapshot


def csv_bytes(shown: AreaSnapshot) -> bytes:
    """The images that are listed, in their order, as CSV (UTF-8, one head line): the mean IoU, the
    share of pixels that are wrong, the share in the chosen cell if there is one, and the IoU of
    each class; what does not exist is empty."""
    chosen = shown.cell is not None
    rows = [("file", "mean_iou", "wrong", *(("in_cell",) if chosen else ()),
             *(f"iou_{name}" for name in shown.results.classes))]
    figures = shown.figures
    for image in shown.rows.tolist():
        values = [figures.miou[image], figures.wrong[image],
                  *((shown.shares[image],) if chosen else ()), *figures.overlaps[image]]
        rows.append((shown.results.records[image].key,
                     *("" if isnan(value) else f"{value:.4f}" for value in values)))
    return csv_text(rows).encode("utf-8", "backslashreplace")
