"""Look whether something is on the disk, without stumbling over what one may not look into.

:meth:`pathlib.Path.is_file` and its sisters raise PermissionError for what lies in a locked folder.
A folder somewhere that one may not enter is nothing out of the ordinary: what cannot be seen is
treated as not there, and whoever lists the folder says that it is locked.
"""

from __future__ import annotations

import os


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether ``path`` is a file, as far as one may see; links are followed."""
    return os.path.isfile(path)  # noqa: PTH113  pathlib's raises


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether ``path`` is a folder, as far as one may see; links are followed."""
    return os.path.isdir(path)  # noqa: PTH112  pathlib's raises


def exists(path: str | os.PathLike[str]) -> bool:
    """Whether there is anything called ``path``, as far as one may see; links are followed."""
    return os.path.exists(path)  # noqa: PTH110  pathlib's raises


def is_utf8(name: str) -> bool:
    """Whether a name from the disk is text; bytes that are no UTF-8 stand in it as surrogates."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
