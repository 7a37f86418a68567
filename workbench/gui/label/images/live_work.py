"""What is done on a thread while areas are suggested, and what comes of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QImage

from workbench.core.errors import WorkbenchError
from workbench.core.paths import file_stamp
from workbench.core.text import tr
from workbench.gui.label.images.decoding import DecodeFailure, decode, read_header
from workbench.gui.label.images.picture_part import PicturePart
from workbench.project.live_areas.shown_areas import ShownAreas

if TYPE_CHECKING:
    from workbench.core.annotation import LabeledObject
    from workbench.core.arrays import BoolArray
    from workbench.core.class_maps import Areas
    from workbench.project.library.images import ImageLibrary
    from workbench.project.live_areas.learner import (
        AreaLearner,
        LearnedAreas,
        PaintedImage,
        ReadPixels,
    )
    from workbench.project.live_areas.suggested import LiveSuggestion


class Look(NamedTuple):
    """How a suggestion is shown."""

    wanted: ShownAreas
    colors: tuple[tuple[str, str], ...]
    doubts: bool
    """Whether it is hatched where it is unsure."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is suggested, and how that looks."""

    learned: LearnedAreas
    look: Look
    areas: Areas | None = None
    """The map of what is shown."""
    image: QImage | None = None
    """None where nothing is suggested."""


class Labels:
    """The labels of images that are not open."""

    def __init__(self, library: ImageLibrary) -> None:
        self._library = library

    def read(self, key: str) -> tuple[LabeledObject, ...]:
        return self._library.read(key).annotation.objects

    def stamp(self, key: str) -> object:
        return file_stamp(self._library.annotation_path(key))


def suggest(learner: AreaLearner, image: PaintedImage, order: tuple[str, ...], look: Look,
            gone: BoolArray | None, check: Callable[[], None]) -> Answer:
    """What is suggested of an image; nothing where ``gone`` (h, w) says so."""
    learned = learner.suggest(image, order, check)
    suggestion = learned.suggestion
    if suggestion is None:
        return Answer(learned, look)
    areas = suggestion.areas(look.wanted, gone)
    return Answer(learned, look, areas, picture_of(suggestion, areas, look))


def picture_of(suggestion: LiveSuggestion, areas: Areas, look: Look) -> QImage | None:
    """How a map of what is suggested looks; None where that is nothing."""
    from workbench.gui.label.images.live_picture import suggestion_image

    if not areas.any():
        return None
    colors = dict(look.colors)
    return suggestion_image(areas, [colors.get(name, "") for name in suggestion.classes],
                            suggestion.doubts() if look.doubts else None)


def read_pixels(path: Path) -> ReadPixels:
    """The colours of an image as it is shown, of a large one fewer; raises
    :class:`WorkbenchError`."""
    from workbench.project.live_areas.learner import MOST_PIXELS, ReadPixels

    try:
        header = read_header(path)
        step = max(1, math.floor(math.sqrt(header.pixels / MOST_PIXELS)))
        image = decode(path, step)
        width, height = header.size
        part = PicturePart(image, 0.0, 0.0, width / image.width(), height / image.height())
        part = part.shrunk(math.sqrt(min(1.0, MOST_PIXELS / header.pixels)))
        # a copy, as the pixels are gone with the part
        return ReadPixels(part.colors().copy(), header.size)
    except (DecodeFailure, OSError, MemoryError) as error:
        reason = tr("there is not enough memory") if isinstance(error, MemoryError) else str(error)
        raise WorkbenchError(reason, path=path) from error
