"""Where a picture or a recording was made: by the folder it lies in, or by the recorder's name."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from workbench.media.recording_time import recorder_in_name

PARTS = frozenset({"train", "training", "val", "valid", "validation", "test", "testing"})
"""Folders that are parts of a split."""
GENERIC = frozenset({"audio", "sounds", "clips", "recordings", "wav", "wavs", "data"})
"""Folders that say what kind of files they hold."""
_NO_PLACES = PARTS | GENERIC | {"images", "photos", "pictures", "videos"}
_DATE = re.compile(r"(19|20)\d\d([-_. ]?)(0[1-9]|1[0-2])(\2(0[1-9]|[12]\d|3[01]))?"
                   r"([-_ T]\d{2}[-_.:]?\d{2}([-_.:]?\d{2})?)?")
_CAMERAS = re.compile(r"\d{3}[A-Za-z_][A-Za-z0-9_]{4}")
"""What cameras call their folders ("100EK113"; JEITA's design rule for file systems)."""


def is_date(folder: str) -> bool:
    """Whether a folder's name is a date or a month, perhaps with a time."""
    return _DATE.fullmatch(folder) is not None


def is_camera_folder(folder: str) -> bool:
    """Whether a camera calls folders so, as "DCIM" and "100EK113"."""
    return folder.lower() == "dcim" or _CAMERAS.fullmatch(folder) is not None


def place_in(folders: Sequence[str]) -> str:
    """The innermost of the ``folders`` that may be the name of a place: no date, no part of a
    split, no kind of file and no folder of a camera's; "" for none."""
    return next((name for name in reversed(folders)
                 if name.lower() not in _NO_PLACES and not is_date(name)
                 and not is_camera_folder(name)), "")


class Stations:
    """The places at which files were made.

    A place is a folder below the one in which all of the files lie. Where they have no folders of
    their own, it is what recorders put before the date (``SMA01_20240521_063000.wav``), and at last
    the folder of all.

    Parameters
    ----------
    paths
        All files that are looked at together.
    """

    def __init__(self, paths: Iterable[str | Path]) -> None:
        self._paths: Iterable[str | Path] | None = paths  # looked at when one is asked for
        self._depth = 0
        self._above: Sequence[str] = ()
        self._known: dict[str, str] = {}

    def __call__(self, path: str | Path) -> str:
        """The name of the place of one of the files; "" where nothing says it."""
        if self._paths is not None:
            self._find_root({os.path.dirname(item) for item in self._paths})  # noqa: PTH120  speed
            self._paths = None
        folder, name = os.path.split(path)
        if folder not in self._known:
            self._known[folder] = place_in(Path(folder).parts[self._depth:])
        return self._known[folder] or recorder_in_name(name) or self._of_all()

    def _find_root(self, folders: Collection[str]) -> None:
        try:
            root = os.path.commonpath(folders) if folders else ""
        except ValueError:  # several drives
            root = ""
        self._depth = len(Path(root).parts)
        self._above = Path(root).absolute().parts[1:]

    def _of_all(self) -> str:
        """The folder that all lie in, unless it says what kind of files these are."""
        last = self._above[-1:]
        return place_in(self._above) if last and last[0].lower() not in _NO_PLACES else ""
