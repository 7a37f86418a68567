"""A small spectrogram as a PNG file, without a window: for reports.

The PNG is written here: eight bits a pixel with a palette (PNG specification, third edition,
sections 5 and 11), which the standard library's zlib makes in a few lines.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.media.sounds.clip import ClipReader
from workbench.media.sounds.colormap import color_table
from workbench.media.sounds.spectrogram import SpectrogramSettings, tile, to_bytes, usual_fft

_RANGE_DB = 70.0  # below the loudest place of the stretch
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def spectrum_png(
    path: Path, start: float, end: float, *, columns: int = 200, bins: int = 96,
    colormap: str = "magma",
) -> bytes:
    """Draw a stretch of a file on a mel axis, low tones at the bottom.

    Parameters
    ----------
    path
        The sound.
    start, end
        Seconds; an end beyond the clip is its end.
    columns, bins
        Size of the picture in pixels.
    colormap
        One of :data:`workbench.media.sounds.colormap.STOPS`.

    Returns
    -------
    bytes
        A PNG file.

    Raises
    ------
    WorkbenchError
        If the file cannot be read.
    """
    with ClipReader(path) as reader:
        rate = reader.info.sample_rate
        first, last = start * rate, min(end * rate, float(reader.info.frames))
        n_fft = usual_fft(rate)
        settings = SpectrogramSettings(n_fft, max(1, n_fft // 16), bins=bins)
        decibel = tile(reader, first, max(last - first, 1.0) / columns, columns, settings)
    loudest = float(decibel.max())
    return indexed_png(to_bytes(decibel, loudest - _RANGE_DB, loudest), color_table(colormap))


def indexed_png(pixels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """Write a picture with a palette.

    Parameters
    ----------
    pixels
        uint8 (height, width), places in the palette, top row first.
    palette
        uint8 (256, 3), red, green, blue.
    """
    height, width = pixels.shape
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter, 0 for none
    rows[:, 1:] = pixels
    return b"".join([
        _SIGNATURE, _chunk(b"IHDR", head), _chunk(b"PLTE", palette.tobytes()),
        _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)), _chunk(b"IEND", b""),
    ])


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)
