"""Small DICOM files as X-ray tubes, scanners and the like write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, RLELossless, generate_uid

NAME = "Miller^Anna"


def write_dicom(path: Path, values: np.ndarray, *, syntax: UID = ExplicitVRLittleEndian,
                **said: Any) -> Path:
    """Write (H, W) or (N, H, W) grey, or (H, W, 3) colours; ``said`` are elements by keyword."""
    colours = values.ndim == 3 and values.shape[-1] == 3
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = syntax
    made.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.7")
    made.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    made.PatientName = NAME
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID
    height, width = values.shape[:2] if colours or values.ndim == 2 else values.shape[1:]
    bits = 8 * values.dtype.itemsize
    made.Rows, made.Columns = height, width
    made.SamplesPerPixel = 3 if colours else 1
    made.PhotometricInterpretation = "RGB" if colours else "MONOCHROME2"
    made.BitsAllocated = made.BitsStored = bits
    made.HighBit, made.PixelRepresentation = bits - 1, int(values.dtype.kind == "i")
    if colours:
        made.PlanarConfiguration = 0
    if values.ndim == 3 and not colours:
        made.NumberOfFrames = len(values)
    for name, value in said.items():
        setattr(made, name, value)
    data = values.tobytes()
    made.PixelData = data + bytes(len(data) % 2)
    if syntax == RLELossless:
        made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made.compress(RLELossless)
    elif syntax.is_encapsulated:
        made.PixelData = encapsulate([data])
        made["PixelData"].is_undefined_length = True
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save_as(path, enforce_file_format=True)
    return path
