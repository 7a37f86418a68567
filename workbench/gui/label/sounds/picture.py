"""The waveform and the spectrogram of what is in view, as images.

Everything here works on as many columns as the view has pixels, however long the clip is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from workbench.gui.label.sounds.clip_source import BLOCK, KEPT_BLOCKS, ClipSource
from workbench.gui.label.sounds.tiles import COLUMNS, TileId, level_for, tiles_between, top_level
from workbench.media.sounds.pyramid import BASE

Peaks = NDArray[np.float32]
MOST_GAIN = 40.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples ``start`` to ``end`` on ``width`` device pixels."""

    start: float
    end: float
    width: int

    @property
    def per_pixel(self) -> float:
        return (self.end - self.start) / max(1, self.width)


# --- the waveform ---------------------------------------------------------------------------------


def wanted_blocks(source: ClipSource, stretch: Stretch) -> list[int]:
    """Pieces of the bare waveform that are needed; none while the peaks are fine enough, or where
    there are no peaks and it would be more pieces than are kept."""
    if source.info is None or (source.pyramid is not None and stretch.per_pixel >= BASE):
        return []
    first = max(0, int(stretch.start) // BLOCK)
    last = min(int(stretch.end), source.info.frames - 1) // BLOCK
    few = stretch.per_pixel < BASE or last - first < KEPT_BLOCKS
    return list(range(first, last + 1)) if few else []


def wave_columns(source: ClipSource, stretch: Stretch) -> Peaks | None:
    """Minima and maxima for each pixel: float32 (width, 2), or None where nothing is known yet."""
    if source.info is None or stretch.width <= 0:
        return None
    blocks = wanted_blocks(source, stretch)
    if blocks:
        exact = _from_samples(source, stretch, blocks)
        if exact is not None:
            return exact
    if source.pyramid is not None:
        return source.pyramid.columns(stretch.start, stretch.end, stretch.width)
    if source.rough is not None:
        place = (stretch.start + (np.arange(stretch.width) + 0.5) * stretch.per_pixel)
        index = (place / source.info.frames * len(source.rough)).astype(np.int64)
        inside = (index >= 0) & (index < len(source.rough))
        rough = source.rough[index.clip(0, len(source.rough) - 1)]
        return np.where(inside[:, None], rough, np.float32(0))
    return None


def _from_samples(source: ClipSource, stretch: Stretch, blocks: list[int]) -> Peaks | None:
    parts = [source.block(index) for index in blocks]
    known = [part for part in parts if part is not None]
    if len(known) != len(parts):
        return None
    samples = np.concatenate(known)
    first = blocks[0] * BLOCK
    edges = stretch.start - first + stretch.per_pixel * np.arange(stretch.width + 1)
    if stretch.per_pixel < 2:
        # the line between the samples, as high as it runs inside each pixel
        line = np.interp(edges, np.arange(len(samples)) + 0.5, samples).astype(np.float32)
        beyond = (edges < 0) | (edges > len(samples))
        line[beyond] = 0
        pair = np.stack([line[:-1], line[1:]], axis=1)
        return np.stack([pair.min(axis=1), pair.max(axis=1)], axis=1)
    at = edges.astype(np.int64)
    inside = (at[:-1] >= 0) & (at[:-1] < len(samples))
    starts = at[:-1].clip(0, len(samples) - 1)
    low = np.minimum.reduceat(samples, starts)
    high = np.maximum.reduceat(samples, starts)
    return np.where(inside[:, None], np.stack([low, high], axis=1), np.float32(0))


def gain_of(source: ClipSource) -> float:
    """How much the waveform is raised so that the loudest part fills its height."""
    peaks = source.pyramid.levels[-1].astype(np.float32) / 32767 if source.pyramid is not None \
        else source.rough
    if peaks is None or not peaks.size:
        return 1.0
    return float(min(MOST_GAIN, 0.94 / max(float(np.abs(peaks).max()), 1e-3)))


def wave_image(columns: Peaks, height: int, color: QColor, gain: float) -> QImage:
    """A filled waveform with soft edges on nothing: ARGB32, ``height`` device pixels high."""
    middle = height / 2
    columns = _joined(columns)
    scaled = np.clip(columns * gain, -1, 1) * np.float32(middle - 0.5)
    top = (middle - scaled[:, 1] - 0.5).astype(np.float32)
    bottom = (middle - scaled[:, 0] + 0.5).astype(np.float32)
    rows = np.arange(height, dtype=np.float32)[:, None]
    cover = np.minimum(rows + 1, bottom) - np.maximum(rows, top)
    alpha = (cover.clip(0, 1) * 255).astype(np.uint32)
    pixels = alpha << 24 | (color.rgb() & 0xFFFFFF)
    image = QImage(pixels.tobytes(), columns.shape[0], height, 4 * columns.shape[0],
                   QImage.Format.Format_ARGB32)
    return image.copy()  # the bytes go with this function


def _joined(columns: Peaks) -> Peaks:
    """Each column reaches to the one before, as the line between them does."""
    low, high = columns[:, 0].copy(), columns[:, 1].copy()
    low[1:] = np.minimum(low[1:], columns[:-1, 1])
    high[1:] = np.maximum(high[1:], columns[:-1, 0])
    return np.stack([low, high], axis=1)


# --- the spectrogram ------------------------------------------------------------------------------


def wanted_tiles(source: ClipSource, stretch: Stretch) -> list[TileId]:
    """Tiles for a stretch, the most useful first: the whole clip, what is seen, its neighbours."""
    if source.info is None:
        return []
    hop, frames = source.settings.hop_length, source.info.frames
    level = level_for(stretch.per_pixel, hop, frames)
    top = TileId(top_level(hop, frames), 0)
    seen = tiles_between(stretch.start, stretch.end, level, hop, frames)
    middle = (stretch.start + stretch.end) / 2
    seen.sort(key=lambda id: abs((id.start(hop) + id.end(hop)) / 2 - middle))
    width = stretch.end - stretch.start
    around = tiles_between(stretch.start - width / 2, stretch.end + width / 2, level, hop, frames)
    return list(dict.fromkeys([top, *seen, *around]))


def spectrum_bytes(source: ClipSource, stretch: Stretch) -> NDArray[np.uint8] | None:
    """What is known of the spectrogram, a column for each pixel: uint8 (bins, width), or None.

    Where a tile is not there yet, a coarser one stands in.
    """
    if source.info is None or stretch.width <= 0:
        return None
    hop, frames = source.settings.hop_length, source.info.frames
    level = level_for(stretch.per_pixel, hop, frames)
    places = np.asarray(
        stretch.start + (np.arange(stretch.width) + 0.5) * stretch.per_pixel, np.float64)
    ids = tiles_between(stretch.start, stretch.end, level, hop, frames)
    missing = any(source.tile(id) is None for id in ids)
    levels = range(top_level(hop, frames), level - 1, -1) if missing else (level,)
    result = np.zeros((source.settings.bins, stretch.width), np.uint8)
    found = False
    for number in levels:
        for id in tiles_between(stretch.start, stretch.end, number, hop, frames):
            data = source.tile(id)
            if data is not None:
                found = True
                _fill(result, data, places, id.start(hop), id.samples_per_column(hop))
    result[:, (places < 0) | (places >= frames)] = 0
    return result if found else None


def _fill(result: NDArray[np.uint8], data: NDArray[np.uint8], places: NDArray[np.float64],
          start: float, per_column: float) -> None:
    """Put the columns of a tile where they belong; between far columns it is interpolated."""
    end = start + COLUMNS * per_column
    first, last = np.searchsorted(places, (start, end))
    if first >= last:
        return
    column = (places[first:last] - start) / per_column
    pixels = last - first
    if pixels <= 1.5 * (column[-1] - column[0]) or pixels < 3:
        result[:, first:last] = data[:, column.astype(np.int64).clip(0, COLUMNS - 1)]
        return
    centre = np.clip(column - 0.5, 0, COLUMNS - 1)
    low = np.minimum(centre.astype(np.int64), COLUMNS - 2)
    # in whole numbers of 1/128, which is exact enough for a byte and twice as fast as floats
    share = np.round((centre - low) * 128).astype(np.int16)
    left = data[:, low].astype(np.int16)
    right = data[:, low + 1].astype(np.int16)
    mixed = left + ((right - left) * share >> 7)
    result[:, first:last] = mixed.astype(np.uint8)


def spectrum_image(values: NDArray[np.uint8], palette: list[int]) -> QImage:
    """Bytes with colours, ready to be painted at any size."""
    bins, width = values.shape
    stride = -(-width // 4) * 4
    padded = np.zeros((bins, stride), np.uint8)
    padded[:, :width] = values
    image = QImage(padded.tobytes(), width, bins, stride, QImage.Format.Format_Indexed8)
    image.setColorTable(palette)
    return image.convertToFormat(QImage.Format.Format_RGB32)


def loudest_byte(source: ClipSource) -> int | None:
    """The loudest place of the whole clip, or None while that is not known."""
    if source.info is None:
        return None
    tile = source.tile(TileId(top_level(source.settings.hop_length, source.info.frames), 0))
    return int(tile.max()) if tile is not None else None
