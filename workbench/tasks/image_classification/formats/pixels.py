"""Images that a data set holds as bare bytes: written as PNG files, and made of any images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import Problem, WorkbenchError
from workbench.extension.annotation_formats import AnnotatedSample, Annotation, Target
from workbench.extension.saving import folder_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VAL_OF_TRAIN = 12
"""One of so many training images watches the training, where a data set has none for that."""


def file_name(label: str) -> str:
    """A class as the name of a folder."""
    return folder_of("".join(sign if sign.isalnum() or sign in " -_." else "_" for sign in label))


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
    from PIL import Image

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


# --- writing --------------------------------------------------------------------------------------


def labelled(samples: Iterable[AnnotatedSample]) -> list[tuple[AnnotatedSample, str]]:
    """The samples that have a label, and the first one of each."""
    return [(sample, sample.annotation.labels[0]) for sample in samples
            if sample.annotation is not None and sample.annotation.labels]


def require_bytes(target: Target, title: str) -> None:
    """Raise WorkbenchError where classes have no place in a byte."""
    if len(target.classes) > 256:
        raise WorkbenchError(f"{title} numbers classes by a byte, which has room for 256; there "
                             f"are {len(target.classes):,}")


def decoded(
    samples: Iterable[tuple[AnnotatedSample, str]], size: tuple[int, int], grey: bool,
    target: Target,
) -> Iterator[tuple[NDArray[np.uint8], str]]:
    """Images of one size with their labels, uint8 (H, W) where they are ``grey``, else (H, W, 3);
    what cannot be decoded is told to ``target``.

    Parameters
    ----------
    size
        Width and height that all are brought to, whatever their shape.
    """
    import numpy as np
    from PIL import Image

    from workbench.media.images.pixels import upright_rgb

    for sample, label in samples:
        try:
            image = Image.fromarray(upright_rgb(sample.path))
        except WorkbenchError as error:
            target.skip(sample, error)
            continue
        if image.size != size:
            image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        yield np.asarray(image.convert("L") if grey else image), label
