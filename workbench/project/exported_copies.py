"""Copies of HEIC and AVIF images for other programs, many of which do not read these kinds."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.extension.annotation_formats import AnnotatedSample
from workbench.media.images.header import read_image_info
from workbench.media.recording_time import time_in_picture

_KINDS = frozenset({"heif", "avif"})
_QUALITY = 95
_EXIF, _TAKEN, _ORIGINAL = 0x8769, "%Y:%m:%d %H:%M:%S", 0x9003


class JpegCopies:
    """Makes them, upright and in the pixels that are labelled.

    Parameters
    ----------
    problems
        Gets the images that cannot be decoded; these go out as they are.
    folder
        Where they lie until they are written to where they belong; None only counts them.
    """

    def __init__(self, problems: list[Problem], folder: Path | None = None) -> None:
        self._problems, self._folder = problems, folder
        self.made = 0

    def of(self, sample: AnnotatedSample) -> AnnotatedSample:
        """The sample with its copy, which is called ``.jpg``, where its file is of such a kind."""
        path = sample.path
        try:
            if read_image_info(path).format not in _KINDS:
                return sample
        except FormatError:
            return sample  # told where it matters
        if self._folder is not None:
            try:
                data = _jpeg(path)
            except WorkbenchError as error:
                self._problems.append(Problem(str(path), "unreadable-image", error.sentence()))
                return sample
            self._folder.mkdir(exist_ok=True)
            path = self._folder / f"{self.made}.jpg"
            path.write_bytes(data)
        self.made += 1
        return replace(sample, path=path,
                       name=PurePosixPath(sample.name).with_suffix(".jpg").as_posix())


def _jpeg(path: Path) -> bytes:
    """The picture with nothing else than the time at which it was taken."""
    from PIL import Image

    from workbench.media.images.pixels import upright_rgb

    exif = Image.Exif()
    if taken := time_in_picture(path):
        exif.get_ifd(_EXIF)[_ORIGINAL] = f"{datetime.fromtimestamp(taken, UTC):{_TAKEN}}"
    data = io.BytesIO()
    Image.fromarray(upright_rgb(path)).save(data, "JPEG", quality=_QUALITY, subsampling=0,
                                            exif=exif.tobytes())
    return data.getvalue()
