"""What tells the content of one picture's file from another's."""

from __future__ import annotations

import hashlib
from pathlib import Path

from workbench.formats.atomic import DiskErrors
from workbench.formats.regular_file import read_regular

KEY_SIZE = 16  # bytes
_LIMIT = 1 << 32


def content_key(path: Path) -> bytes:
    """Hash of a file's content.

    Raises
    ------
    WorkbenchError
        If it cannot be read.
    """
    with DiskErrors(path, "read"):
        return hashlib.blake2b(read_regular(path, _LIMIT), digest_size=KEY_SIZE).digest()
