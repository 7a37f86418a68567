"""What a frozen network said of pictures, kept by the content of their files. Imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import WorkbenchError
from workbench.formats.locks import folder_lock
from workbench.tasks.image_classification.content import KEY_SIZE

Features = NDArray[np.float32]
FOLDER = "features"
"""In the cache of a project."""


class FeatureCache:
    """A file of records, each the hash of a picture's file and the features of the picture.

    Records are only added, so a write that breaks off costs the last one; deleting the file loses
    nothing but time. ``name`` tells one network from another.
    """

    def __init__(self, folder: Path, name: str, size: int) -> None:
        self.size = size
        self._path = folder / f"{name}.bin"
        self._kind = np.dtype([("key", f"V{KEY_SIZE}"), ("values", np.float32, (size,))])
        self._known: dict[bytes, Features] = {}
        with suppress(OSError):
            data = self._path.read_bytes()
            whole = len(data) // self._kind.itemsize
            records = np.frombuffer(data, self._kind, whole)
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
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with folder_lock(self._path.parent), self._path.open("ab") as file:
                torn = file.tell() % self._kind.itemsize
                if torn:
                    file.truncate(file.tell() - torn)
                file.write(records.tobytes())
