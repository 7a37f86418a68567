"""The clips of a project folder and their labels, read one by one as they are on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from workbench.core.annotation import LabeledObject
from workbench.media.sounds.sound_info import ClipInfo, read_sound_info
from workbench.project.library.clip_labels import ClipLabel
from workbench.project.library.clips import find_sounds, find_table, read_state, within
from workbench.project.library.label_sources import label_source
from workbench.project.library.scan import sort_naturally


class ClipOnDisk(NamedTuple):
    """A clip that was found."""

    key: str
    path: Path
    table: Path | None
    """Where its labels are, None for no file."""
    known: ClipLabel
    """What names and folders say of it."""

    @property
    def said(self) -> str:
        """:attr:`known` as a text, which is another one where it is."""
        return repr(self.known.regions) if self.known.regions else self.known.label

    def read(self) -> tuple[ClipInfo, tuple[LabeledObject, ...]]:
        """Its header, and the regions that lie in it; raises WorkbenchError or OSError."""
        info = read_sound_info(self.path)
        state = read_state(self.path, self.table, info, self.known)
        return info, within(state.annotation, info.duration).objects


class ClipsOnDisk:
    """Iterate over it for the clips in their natural order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.keys = sort_naturally(find_sounds(folder))
        """Of all clips."""
        self._names = label_source(folder, self.keys)

    def __iter__(self) -> Iterator[ClipOnDisk]:
        for key in self.keys:
            path = self._folder / key
            yield ClipOnDisk(key, path, find_table(path)[1], self._names(key))
