"""A video with what a model found drawn on its frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from workbench.core.video import shown_in
from workbench.media.video.reader import VideoReader
from workbench.media.video.writer import VideoWriter
from workbench.project.drawn_scale_bar import draw_scale_bar

Prediction = Mapping[str, Any]


def write_drawn(
    video: Path, answers: Iterable[Prediction], target: Path,
    draw: Callable[[Image.Image, Prediction], Any],
    progress: Callable[[int], object] = lambda done: None,
) -> None:
    """Write the frames that were looked at, in their order, at the speed of the video.

    Parameters
    ----------
    answers
        Of frames, in their order.
    draw
        Draws an answer on a picture.
    progress
        Called with the number of frames that are done; may raise to end it, and nothing is kept.

    Raises
    ------
    WorkbenchError
        If the video cannot be read any more, or the disk refuses.
    """
    rest = iter(answers)
    first = list(islice(rest, 2))
    numbers = [shown_in(item).frame for item in first]
    step = max(1, numbers[1] - numbers[0]) if len(numbers) == 2 else 1
    with VideoReader(video) as reader, VideoWriter(target, reader.rate / step) as writer:
        for done, item in enumerate(chain(first, rest), 1):
            shown = shown_in(item)
            image = Image.fromarray(reader.frame(shown.frame, shown.time).pixels)
            draw(image, item)
            draw_scale_bar(image, item)
            writer.put(np.asarray(image))
            progress(done)
