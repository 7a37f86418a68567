"""What a frozen network said of pictures, kept by the content of their files. Imports no torch."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import WorkbenchError
from workbench.formats.content import KEY_SIZE, content_key
from workbench.formats.locks import folder_lock

Features = NDArray[np.float32]
FOLDER = "features"
"""In the cache of a project."""
_SIZED = re.compile(r".+-[1-9]\d{1,5}\.bin")


class FeatureCache:
    """A file of records, each the hash of a picture's file and the features of the picture.

    Records are only added, so a write that breaks off costs the last one; deleting the file loses
    nothing but time. ``name`` tells one network from another; how many features a record has is
    in the file's name, too.
    """

    def __init__(self, folder: Path, name: str, size: int) -> None:
        self.size = size
        self.path = folder / f"{name}-{size}.bin"
        self._kind = _record(size)
        self._known: dict[bytes, Features] = {}
        with suppress(OSError):
            data = self.path.read_bytes()
            whole = len(data) // self._kind.itemsize
            records = np.frombuffer(data, self._kind, whole)
            records = records[np.isfinite(records["values"]).all(axis=1)]  # else it is damaged
            self._known = dict(zip((key.tobytes() for key in records["key"]), records["values"],
                                   strict=True))

    def get(self, key: bytes) -> Features | None:
        """float32 (size,), or None."""
        return self._known.get(key)

    def add(self, keys: Sequence[bytes], values: Features) -> None:
        """Remember features; a disk that refuses only costs time later."""
        records = np.zeros(len(keys), self._kind)
        for row, key in enumerate(keys):
            records[row] = (np.void(key), values[row])
            self._known[key] = values[row]
        with suppress(OSError, WorkbenchError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with folder_lock(self.path.parent), self.path.open("ab") as file:
                torn = file.tell() % self._kind.itemsize
                if torn:
                    file.truncate(file.tell() - torn)
                file.write(records.tobytes())


class KnownFeatures:
    """What a :class:`FeatureCache` has on the disk, for another process that only reads.

    The file is mapped, not loaded: a hundred thousand pictures have half a gigabyte of features.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kind = _record(int(path.stem.rpartition("-")[2]))
        self._rows: dict[bytes, int] = {}
        self._records: NDArray[np.void] = np.zeros(0, self._kind)

    @classmethod
    def newest(cls, cache: Path) -> Self | None:
        """The features that were added to last in the ``cache`` of a project; None without any."""
        with suppress(OSError):
            # files of before do not say how many features a record has
            found = sorted((path for path in (cache / FOLDER).glob("*.bin")
                            if _SIZED.fullmatch(path.name)),
                           key=lambda path: path.stat().st_mtime_ns)
            return cls(found[-1]) if found else None
        return None

    def refresh(self) -> None:
        """Take in what was added since."""
        try:
            whole = self.path.stat().st_size // self._kind.itemsize
            if whole < len(self._records):  # it was deleted and begun anew
                self._rows.clear()
                self._records = np.zeros(0, self._kind)
            if whole > len(self._records):
                first = len(self._records)
                self._records = np.memmap(self.path, self._kind, "r", shape=(whole,))
                keys = self._records["key"][first:]
                self._rows |= {key.tobytes(): first + row for row, key in enumerate(keys)}
        except OSError:
            return  # deleted meanwhile; the engine makes them again

    def row(self, key: bytes) -> int | None:
        """Where the features of a content are, or None."""
        return self._rows.get(key)

    def values(self, rows: Sequence[int]) -> Features:
        """float32 (len(rows), size)."""
        return np.asarray(self._records["values"][list(rows)], np.float32)


def known_features(cache: Path, paths: Sequence[Path],
                   check: Callable[[], None]) -> tuple[list[int], Features]:
    """Places of the files whose features are known, and these, float32 (number, D).

    Reads every file, to tell its content; ``check`` is called before each.
    """
    known = KnownFeatures.newest(cache)
    if known is None:
        return [], np.zeros((0, 0), np.float32)
    known.refresh()
    rows: dict[int, int] = {}
    for place, path in enumerate(paths):
        check()
        with suppress(WorkbenchError):
            row = known.row(content_key(path))
            if row is not None:
                rows[place] = row
    return list(rows), known.values(list(rows.values()))


def _record(size: int) -> np.dtype[np.void]:
    return np.dtype([("key", f"V{KEY_SIZE}"), ("values", np.float32, (size,))])
