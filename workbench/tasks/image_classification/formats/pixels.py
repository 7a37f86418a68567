"""Images that a data set holds as bare bytes, written as PNG files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workbench.core.errors import Problem
from workbench.extension.annotation_formats import AnnotatedSample, Annotation

VAL_OF_TRAIN = 12
"""One of so many training images watches the training, where a data set has none for that."""


def file_name(label: str) -> str:
    """A class as the name of a folder."""
    return "".join(sign if sign.isalnum() or sign in " -_." else "_" for sign in label).strip(
        " .") or "_"


def write_samples(
    pixels: NDArray[np.uint8], labels: list[str], part: str, first: int, folder: Path,
    *, splits: bool = True,
) -> Iterator[AnnotatedSample]:
    """Write images in a folder for each class below one for the part.

    Parameters
    ----------
    pixels
        uint8 (N, H, W) or (N, H, W, 3).
    labels
        Class of each.
    first
        Number of the first one.
    splits
        Whether ``part`` says what an image is for.
    """
    for number, (values, label) in enumerate(zip(pixels, labels, strict=True), first):
        path = folder / part / file_name(label) / f"{part}-{number:05d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(values).save(path)
        val = part == "train" and number % VAL_OF_TRAIN == VAL_OF_TRAIN - 1
        yield AnnotatedSample(path, Annotation(labels=(label,)),
                              ("val" if val else part) if splits else "")


def about_val(folder: Path) -> Problem:
    """That a part of train became val."""
    return Problem(str(folder), "no-val", "The data set has no images for validation: one of "
                   f"{VAL_OF_TRAIN} for training was taken for that.", "warning")
