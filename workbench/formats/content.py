"""What tells the content of one picture's file from another's."""

from __future__ import annotations

import hashlib
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.formats.atomic import disk_reason
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
    try:
        return hashlib.blake2b(read_regular(path, _LIMIT), digest_size=KEY_SIZE).digest()
    except OSError as error:
        raise WorkbenchError(disk_reason(error, "read"), path=path) from error
