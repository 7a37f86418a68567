"""The planes of stacks whose headers say where their values lie (:mod:`.tiles`), as arrays."""

from __future__ import annotations

import sys
import zlib
from typing import Any

import numpy as np

from workbench.core.errors import FormatError
from workbench.core.text import tr
from workbench.media.images.czi import block_data
from workbench.media.images.stack import readable_errors
from workbench.media.images.stack_pages import StackReader, Values
from workbench.media.images.tiff_header import DAMAGED
from workbench.media.images.tiles import Plane, StoredTile


class TileReader(StackReader):
    """Reads the planes of one image of a file, in any order; to be closed."""

    def plane(self, channel: int, slice: int, frame: int) -> Values:
        with readable_errors(self.path):
            return self._put_together((channel, slice, frame))

    def _put_together(self, place: Plane) -> Values:
        stack, tiles = self.stack, self.stack.tiles.get(place, ())
        if not tiles:
            raise FormatError(self._missing(place), path=self.path)
        first = tiles[0]
        if len(tiles) == 1 and (first.width, first.height) == (stack.width, stack.height):
            return self._values(first)
        whole: Values | None = None
        for tile in tiles:
            values = self._values(tile)
            if whole is None:
                whole = np.zeros((stack.height, stack.width, *values.shape[2:]), values.dtype)
            whole[tile.top:tile.top + tile.height, tile.left:tile.left + tile.width] = values
        assert whole is not None
        return whole

    def _missing(self, place: Plane) -> str:
        channel, slice, frame = (number + 1 for number in place)
        return tr("channel {channel} of slice {slice}, frame {frame}, is not there",
                  channel=channel, slice=slice, frame=frame)

    def _values(self, tile: StoredTile) -> Values:
        """(H, W), or (H, W, 3) colours."""
        kind = np.dtype(tile.kind)
        count, first = (tile.samples, 0) if tile.sample < 0 else (1, tile.sample)
        pixel = tile.samples * kind.itemsize
        row = tile.row or tile.width * pixel
        needed = row * (tile.height - 1) + pixel * (tile.width - 1) \
            + kind.itemsize * (first + count)
        data = self._bytes(tile, needed)
        if len(data) < needed:
            raise FormatError(DAMAGED, path=self.path)
        found: Values = np.ndarray((tile.height, tile.width, count), kind, data,
                                   first * kind.itemsize, (row, pixel, kind.itemsize))
        if count == 1:
            found = found[..., 0]
        else:
            found = found[..., 2::-1] if tile.reversed else found[..., :3]
        return found.astype(kind.newbyteorder("="))

    def _bytes(self, tile: StoredTile, needed: int) -> bytes:
        offset, length = block_data(self._file, tile.offset) if tile.wrapped \
            else (tile.offset, tile.length)
        self._file.seek(offset)
        if not tile.coding:
            return self._file.read(min(length, needed))
        decode = _DECODERS.get(tile.coding)
        if decode is None:
            raise FormatError(tr("its images are compressed by {coding}, which is not supported: "
                                 "save it without compression, or by Zstd, in the program it comes "
                                 "from", coding=tile.coding), path=self.path)
        return decode(self._file.read(min(length, needed + (needed >> 1) + 4096)), needed)


def _zlib(data: bytes, needed: int) -> bytes:
    return zlib.decompressobj().decompress(data, needed)


def _zstd(data: bytes, needed: int) -> bytes:
    module: Any
    if sys.version_info >= (3, 14):
        from compression import zstd as module
    else:
        from backports import zstd as module
    found: bytes = module.ZstdDecompressor().decompress(data, needed)
    return found


def _zstd_czi(data: bytes, needed: int) -> bytes:
    """Zeiss' own: a short head, and perhaps all low bytes before all high ones."""
    head = data[0]
    apart = head > 1 and data[1] == 1 and bool(data[2] & 1)
    found = _zstd(data[head:], needed)
    if not apart:
        return found
    both = np.frombuffer(found, np.uint8).reshape(2, -1)
    return both.T.tobytes()


_DECODERS = {"zlib": _zlib, "zstd": _zstd, "zstd-czi": _zstd_czi}
