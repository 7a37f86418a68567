"""What the view paints of a clip: peaks, samples and tiles, made on threads of their own.

The window asks and gets at once what is there; :attr:`ClipSource.ready` says when more is. What is
asked for last is made first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from workbench.core.background import JOIN_SECONDS, BackgroundThread, Post
from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.label.sounds.tiles import (
    COLUMNS,
    DISK_LOOKS,
    Bytes,
    TileFiles,
    TileId,
    TileMemory,
    to_stored,
)
from workbench.media.sounds.clip import ClipReader, to_mono
from workbench.media.sounds.pyramid import Pyramid, overview, pyramid
from workbench.media.sounds.sound_info import ClipInfo
from workbench.media.sounds.spectrogram import SpectrogramSettings, tile

BLOCK = 1 << 15
"""Samples in a piece of the bare waveform."""
KEPT_BLOCKS = 24
OVERVIEW_COLUMNS = 1024
LONG_SECONDS = 20.0
"""Clips longer than this get a rough overview first."""
_SHORT_ENOUGH = 300.0
"""Seconds: what lasts no longer is always read throughout."""

Peaks = NDArray[np.float32]
Mono = NDArray[np.float32]


class ClipSource(QObject):
    """One open clip."""

    opened = Signal()
    """:attr:`info` is known."""
    ready = Signal()
    """Something that was asked for is there, or :attr:`peaks` are better now."""
    failed = Signal(str)
    """(sentence) the clip cannot be read (any more)."""
    progress = Signal(float)
    """0 to 1 while the peaks of a long clip are made."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self.info: ClipInfo | None = None
        self.settings = SpectrogramSettings()
        self.pyramid: Pyramid | None = None
        self.rough: Peaks | None = None
        self.levels: NDArray[np.float32] | None = None
        self._tiles = TileMemory()
        self._blocks: OrderedDict[int, Mono] = OrderedDict()
        self._cache: Path | None = None
        self._worker: _ClipThreads | None = None
        self._post = GuiThreadCaller(self)

    # --- opening --------------------------------------------------------------------------------

    def open(self, path: Path, cache: Path | None, settings: SpectrogramSettings, *,
             throughout: bool = True) -> None:
        """Show another clip; ``cache`` is where pictures may be kept. What is longer than some
        minutes is read ``throughout``, for the exact waveform of all of it, or only where it is
        looked at."""
        self.close(wait=throughout)
        self.path, self._cache, self.settings = path, cache, settings
        self._worker = _ClipThreads(self, path, cache, settings, self._post, throughout)

    def close(self, *, wait: bool = True) -> None:
        """Show nothing, and end the threads; ``wait`` until nobody reads the file any more."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop(JOIN_SECONDS if wait else 0.0)
        self.path = self.info = self.pyramid = self.rough = self.levels = None
        self._tiles.clear()
        self._blocks.clear()

    def set_settings(self, settings: SpectrogramSettings) -> None:
        """Make the tiles with other settings."""
        if settings == self.settings:
            return
        self.settings = settings
        self._tiles.clear()
        if self._worker is not None:
            self._worker.set_settings(settings)

    def want_levels(self) -> None:
        """Ask for :attr:`levels`, the loudness of every 10 ms."""
        if self._worker is not None and self.levels is None:
            self._worker.want_levels()

    # --- what the view asks ---------------------------------------------------------------------

    def tile(self, id: TileId) -> Bytes | None:
        """A tile if it is there; never waits and never asks."""
        return self._tiles.get(id)

    def want(self, tiles: Iterable[TileId], blocks: Iterable[int] = ()) -> None:
        """Make these next, the first ones first, and forget what was wanted before."""
        if self._worker is None:
            return
        wished: list[TileId | int] = [id for id in tiles if self._tiles.get(id) is None]
        wished += [index for index in blocks if index not in self._blocks]
        self._worker.want(wished)

    def block(self, index: int) -> Mono | None:
        """Samples from ``index * BLOCK`` on, mean of the channels, if they are there."""
        found = self._blocks.get(index)
        if found is not None:
            self._blocks.move_to_end(index)
        return found

    @property
    def busy(self) -> bool:
        """Whether something that was asked for is still being made."""
        return self._worker is not None and self._worker.busy

    # --- what the threads bring -----------------------------------------------------------------

    def put_info(self, info: ClipInfo) -> None:
        self.info = info
        self.opened.emit()

    def put_rough(self, rough: Peaks) -> None:
        self.rough = rough
        self.ready.emit()

    def put_pyramid(self, made: Pyramid) -> None:
        self.pyramid = made
        self.ready.emit()

    def put_tile(self, id: TileId, settings: SpectrogramSettings, data: Bytes) -> None:
        if settings == self.settings:
            self._tiles.put(id, data)
            self.ready.emit()

    def put_block(self, index: int, data: Mono) -> None:
        self._blocks[index] = data
        while len(self._blocks) > KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        self.ready.emit()

    def put_levels(self, levels: NDArray[np.float32]) -> None:
        self.levels = levels
        self.ready.emit()


class _ClipThreads:
    """Two threads for one clip: one for what is in view, one that reads the whole file."""

    def __init__(self, source: ClipSource, path: Path, cache: Path | None,
                 settings: SpectrogramSettings, post: Post, throughout: bool) -> None:
        self._source, self._path, self._cache, self._settings = source, path, cache, settings
        self._throughout = throughout
        self._wanted: list[TileId | int] = []
        self._levels_wanted = False
        self._working = True
        self._changed = threading.Condition()
        self._threads = [BackgroundThread(partial(self._run, work), name=name, post=post).start()
                         for work, name in ((self._serve, "clip-view"), (self._scan, "clip-scan"))]

    @property
    def busy(self) -> bool:
        with self._changed:
            return self._working or bool(self._wanted)

    def want(self, wanted: list[TileId | int]) -> None:
        with self._changed:
            if wanted != self._wanted:
                self._wanted = wanted
                self._changed.notify_all()

    def want_levels(self) -> None:
        with self._changed:
            self._levels_wanted = True
            self._changed.notify_all()

    def set_settings(self, settings: SpectrogramSettings) -> None:
        with self._changed:
            self._settings = settings
            self._wanted = []

    def stop(self, seconds: float) -> None:
        for thread in self._threads:
            thread.cancel()
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(seconds)

    def _run(self, work: Callable[[ClipReader, BackgroundThread], None],
             thread: BackgroundThread) -> None:
        try:
            with ClipReader(self._path) as reader:
                work(reader, thread)
        except WorkbenchError as error:
            thread.post(partial(self._source.failed.emit, error.sentence()))
        except OSError as error:
            sentence = tr("{name} could not be read: {strerror}.",
                          name=self._path.name, strerror=error.strerror)
            thread.post(partial(self._source.failed.emit, sentence))

    # --- what is in view ------------------------------------------------------------------------

    def _serve(self, reader: ClipReader, thread: BackgroundThread) -> None:
        source = self._source
        thread.post(partial(source.put_info, reader.info))
        files: TileFiles | None = None
        made_for: SpectrogramSettings | None = None
        while True:
            with self._changed:
                self._working = False
                self._changed.wait_for(lambda: self._wanted or thread.cancelled)
                if thread.cancelled:
                    return
                next_one = self._wanted.pop(0)
                settings = self._settings
                self._working = True
            if made_for != settings or files is None:
                cache = self._cache / "spectrograms" if self._cache is not None else None
                files, made_for = TileFiles(cache, self._path, settings), settings
            if isinstance(next_one, TileId):
                made = _make(reader, next_one, settings, files)
                thread.post(partial(source.put_tile, next_one, settings, made))
            else:
                first = next_one * BLOCK
                mono = to_mono(reader.read(first, first + BLOCK))
                thread.post(partial(source.put_block, next_one, mono))

    # --- the whole file -------------------------------------------------------------------------

    def _scan(self, reader: ClipReader, thread: BackgroundThread) -> None:
        source = self._source
        cache = self._cache / "peaks" if self._cache is not None else None
        if reader.info.duration > LONG_SECONDS and not self._known(cache):
            rough = overview(self._path, OVERVIEW_COLUMNS)
            thread.post(partial(source.put_rough, rough))
            if not self._throughout and reader.info.duration > _SHORT_ENOUGH:
                return
        made = self._make_pyramid(cache, thread)
        if made is None:
            return
        thread.post(partial(source.put_pyramid, made))
        with self._changed:
            self._changed.wait_for(lambda: self._levels_wanted or thread.cancelled)
            if thread.cancelled:
                return
        from workbench.media.sounds.segmentation import frame_levels

        levels = frame_levels(reader)
        thread.post(partial(source.put_levels, levels))

    def _known(self, cache: Path | None) -> bool:
        from workbench.media.sounds.pyramid import cache_path

        return cache is not None and cache_path(cache, self._path).is_file()

    def _make_pyramid(self, cache: Path | None, thread: BackgroundThread) -> Pyramid | None:
        def go_on(fraction: float) -> bool:
            thread.post(partial(self._source.progress.emit, fraction))
            return not thread.cancelled

        if cache is None:
            from workbench.media.sounds.pyramid import build_pyramid

            return build_pyramid(self._path, go_on)
        return pyramid(self._path, cache, go_on)


def _make(reader: ClipReader, id: TileId, settings: SpectrogramSettings,
          files: TileFiles) -> Bytes:
    """A tile from the disk, or made anew."""
    hop = settings.hop_length
    slow = id.samples_per_column(hop) >= DISK_LOOKS * settings.n_fft
    kept = files.load(id) if slow else None
    if kept is not None:
        return kept
    data = to_stored(tile(reader, id.start(hop), id.samples_per_column(hop), COLUMNS,
                          settings))
    if slow:
        files.save(id, data)
    return data
