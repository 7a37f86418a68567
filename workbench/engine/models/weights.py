"""Pretrained weights: where they are, whether they are there, and whether they are the right ones.

They lie where torchvision keeps them, so that a machine that has them needs no second copy.
Imports no torch.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.extension.recipe import Weights

_CHUNK = 1 << 20


def weights_path(weights: Weights) -> Path:
    """Where the file is, or would be."""
    return weights.path


def is_available(weights: Weights) -> bool:
    """Whether the file is on this machine; its content is checked when it is read."""
    return weights_path(weights).is_file()


def is_intact(weights: Weights) -> bool:
    """Whether the file is on this machine and is what is expected; looked at again where it
    changed."""
    path = weights_path(weights)
    try:
        found = path.stat()
    except OSError:
        return False
    return _is_right(weights, path, found.st_size, found.st_mtime_ns)


@cache
def _is_right(weights: Weights, path: Path, _size: int, _changed: int) -> bool:
    try:
        check_hash(path, weights)
    except (WorkbenchError, OSError):
        return False
    return True


def check_hash(path: Path, weights: Weights) -> None:
    """Compare the SHA-256 of a file with the one that ``weights`` have, or with its beginning.

    Raises
    ------
    WorkbenchError
        If it is another one.
    OSError
        If the file cannot be read.
    """
    digest, sha256 = hashlib.sha256(), weights.sha256
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    if not sha256 or not digest.hexdigest().startswith(sha256.lower()):
        raise WorkbenchError(
            "these are not the weights that were expected: the file is damaged or another one",
            path=path,
            kept="It was not used; delete it to fetch it again." if weights.url else
            "It came with the program: install that again; until then start from nothing, or "
            "choose another recipe.",
        )
