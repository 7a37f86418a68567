"""The images of DICOM files as arrays; see :mod:`workbench.media.images.dicom`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom import dcmread
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut
from pydicom.pixels.utils import pixel_array

from workbench.core.errors import FormatError
from workbench.media.images.dicom import dicom_told, window_of
from workbench.media.images.stack_pages import StackReader, Values
from workbench.media.images.tiff_header import DAMAGED

if TYPE_CHECKING:
    from pydicom import Dataset

_WHITE = 65535


class DicomReader(StackReader):
    """Reads the images of one file, in any order; to be closed."""

    def plane(self, channel: int, slice: int, frame: int) -> Values:
        with dicom_told(self.path):
            self._file.seek(0)
            said = dcmread(self._file, stop_before_pixels=True)
            self._file.seek(0)
            number = frame if self.stack.frames > 1 else slice
            values: Values = pixel_array(self._file, index=number)
            if values.shape[:2] != (self.stack.height, self.stack.width):
                raise FormatError(DAMAGED)
            if said.get("PhotometricInterpretation") == "PALETTE COLOR":
                values = apply_color_lut(values, said)
            return values[..., :3] if values.ndim == 3 else _grey(values, said)


def _grey(values: Values, said: Dataset) -> Values:
    """(H, W) values in which bright is white."""
    window, table = window_of(said), bool(said.get("VOILUTSequence"))
    found: Values = apply_modality_lut(values, said)
    if window is not None:
        centre, width = window
        share = (found - (centre - 0.5)) / max(1.0, width - 1) + 0.5
        found = np.rint(np.clip(share, 0, 1) * _WHITE).astype(np.uint16)
    elif table:
        found = apply_voi_lut(found, said)
    elif found.dtype.kind == "f":
        found = _whole(found)
    if said.get("PhotometricInterpretation") != "MONOCHROME1":
        return found
    if window is not None:
        return _WHITE - found
    ends = int(found.min()) + int(found.max()) if found.dtype.kind != "f" else \
        found.min() + found.max()
    return (ends - found.astype(np.int64 if found.dtype.kind != "f" else found.dtype)).astype(
        found.dtype)


def _whole(values: Values) -> Values:
    """Fractions as 16 bits, where they are whole numbers, as those of CT are."""
    whole = np.rint(values)
    kind = next((kind for kind in (np.uint16, np.int16)
                 if np.iinfo(kind).min <= whole.min() and whole.max() <= np.iinfo(kind).max), None)
    return whole.astype(kind) if kind is not None and np.array_equal(whole, values) else \
        values.astype(np.float32)
