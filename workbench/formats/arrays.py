"""Arrays in an npz archive, read without trusting what it says about itself.

Source: numpy's format 1.0 and 2.0 of ``.npy``, in an uncompressed zip as ``numpy.savez`` writes it.
Nothing is allocated before its declared size was held against the bytes that are there, and no
array can hold objects, which numpy would read with pickle.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.formats.atomic import write_atomic

_MAGIC = b"\x93NUMPY"
_LENGTH_BYTES = {1: 2, 2: 4}  # by version: size of the header's length
_LONGEST_HEADER = 4096
_HEADER = re.compile(
    r"\{'descr': '(?P<kind>[|<](?:u1|b1|[if][248]))', 'fortran_order': False, "
    r"'shape': \((?P<shape>(?:\d{1,18}, ?)*(?:\d{1,18})?)\), *\} *\n"
)


def write_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    """Write an archive, whole or not at all; raises WorkbenchError if the disk refuses."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type]  # as if one were called allow_pickle
    write_atomic(path, stream.getvalue())


def json_array(data: dict[str, Any]) -> NDArray[np.uint8]:
    """Plain data as an array of bytes, which :func:`parse_json` reads."""
    return np.frombuffer(json.dumps(data).encode("utf-8"), np.uint8)


def read_arrays(data: bytes, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """The arrays called ``names``.

    Raises
    ------
    ValueError
        If the archive is damaged or lacks one, or one is not what it says.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: _read(archive, f"{name}.npy", len(data)) for name in names}
    except (KeyError, EOFError, OSError, RuntimeError, NotImplementedError, zlib.error,
            zipfile.BadZipFile, OverflowError) as error:  # all that zipfile raises
        raise ValueError(str(error)) from error


def _read(archive: zipfile.ZipFile, name: str, most: int) -> NDArray[Any]:
    entry = archive.getinfo(name)
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > most:
        raise ValueError(f"{name} is larger than its archive")
    with archive.open(entry) as stream:
        start = stream.read(len(_MAGIC) + 2)
        length = _LENGTH_BYTES.get(start[-2] if start.startswith(_MAGIC) else 0, 0)
        size = int.from_bytes(stream.read(length), "little")
        if not length or size > _LONGEST_HEADER:
            raise ValueError(f"{name} is no array")
        found = _HEADER.fullmatch(stream.read(size).decode("latin-1"))
        if found is None:
            raise ValueError(f"{name} is an array of another kind")
        shape = tuple(int(part) for part in found["shape"].replace(",", " ").split())
        values = stream.read()
    kind = np.dtype(found["kind"])
    count = 1
    for part in shape:
        count *= part  # of Python's, which do not overflow
    if count * kind.itemsize != len(values):
        raise ValueError(f"{name} does not have the size that it says")
    # A copy that may be written to, as torch wants it.
    return np.frombuffer(bytearray(values), kind).reshape(shape)
