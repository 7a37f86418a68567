"""What a DICOM file holds, X-rays, slices of CT and MR, films of ultrasound, and its images.

Grey is what viewers show: in the window that the file says, where it says one, white where it
is bright; else the values, in the unit of the device. What the file says of a patient goes
nowhere. pydicom is imported when the first such file is met.

Source: DICOM PS3.3, C.7.6.3 (pixels), C.11.1 and C.11.2 (from values to grey).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.errors import FormatError
from workbench.core.pixel_size import PixelSize
from workbench.core.text import tr
from workbench.formats.regular_file import open_regular
from workbench.media.images.file_scale import metric_size
from workbench.media.images.stack import MOST_PAGES, Stack, readable_errors

if TYPE_CHECKING:
    from pydicom import Dataset

_SPACINGS = ("PixelSpacing", "NominalScannedPixelSpacing")
_FILMS = ("FrameTime", "FrameTimeVector", "CineRate", "RecommendedDisplayFrameRate")


def read_dicom(path: Path) -> list[Stack]:
    """The images of a file, as one stack.

    Raises
    ------
    WorkbenchError
        If it cannot be read.
    """
    with dicom_told(path), open_regular(path) as stream:
        from pydicom import dcmread

        said = dcmread(stream, stop_before_pixels=True)
        return [_stack(said)]


@contextmanager
def dicom_told(path: Path) -> Iterator[None]:
    """As :func:`told`; and no file is warned of."""
    from pydicom.errors import InvalidDicomError

    with readable_errors(path), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except InvalidDicomError:
            raise FormatError(tr("it is no DICOM file")) from None


def _stack(said: Dataset) -> Stack:
    width, height = (int(said.get(name) or 0) for name in ("Columns", "Rows"))
    number = int(said.get("NumberOfFrames") or 1)
    if min(width, height, number) < 1:
        raise FormatError(tr("there is no image in it"))
    _require_known(said)
    colours = int(said.get("SamplesPerPixel") or 1) > 1 or \
        said.get("PhotometricInterpretation") == "PALETTE COLOR"
    deep = int(said.get("BitsAllocated") or 8) > 8 or (not colours and window_of(said) is not None)
    film = any(name in said for name in _FILMS)
    number = min(number, MOST_PAGES)
    return Stack(width, height, 16 if deep else 8, (), 1, 1 if film else number,
                 number if film else 1, colours=colours, told=True, pixel_size=_pixel_size(said))


def _require_known(said: Dataset) -> None:
    """Raise FormatError where nothing here decompresses the images."""
    from pydicom.pixels.decoders.base import get_decoder

    syntax = said.file_meta.TransferSyntaxUID
    try:
        known = get_decoder(syntax).is_available
    except NotImplementedError:
        known = False
    if not known:
        raise FormatError(tr("its images are compressed by {coding}, which is not supported: save "
                             "it without compression in the program it comes from",
                             coding=syntax.name.partition(",")[0]))


def inner(said: Dataset, name: str, group: str) -> Any:
    """What a file says, or of all images of a file of several says in a group; None for nothing."""
    found = said.get(name)
    for shared in said.get("SharedFunctionalGroupsSequence") or ():
        for item in shared.get(group) or ():
            found = found if found is not None else item.get(name)
    return found


def window_of(said: Dataset) -> tuple[float, float] | None:
    """Centre and width of the first window; None where the file says none."""
    parts = [inner(said, name, "FrameVOILUTSequence") for name in ("WindowCenter", "WindowWidth")]
    if any(part is None or part == "" for part in parts):
        return None
    centre, width = (float(part if isinstance(part, int | float) else part[0]) for part in parts)
    return (centre, width) if width >= 1 else None


def _pixel_size(said: Dataset) -> PixelSize | None:
    """Of the thing itself: not of a detector behind it (ImagerPixelSpacing)."""
    for name in _SPACINGS:
        spacing = inner(said, name, "PixelMeasuresSequence")
        try:
            down, across = (float(side) * 1e-3 for side in spacing)
            return metric_size(across, down)
        except (TypeError, ValueError, StopIteration, OverflowError):
            continue
    return None
