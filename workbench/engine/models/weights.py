"""Pretrained weights: where they are, whether they are there, fetching and checking them.

They lie where torchvision keeps them, so that a machine that has them needs no second copy.
Imports no torch.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.core.folders import weights_folder
from workbench.extension.recipe import Weights

Tick = Callable[[int, int], None]

_CHUNK = 1 << 20
_TIMEOUT = 20.0  # seconds without a byte


def weights_path(weights: Weights) -> Path:
    """Where the file is, or would be."""
    if weights.package:
        package, _, inside = weights.package.partition(":")
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.submodule_search_locations:
            return Path(spec.submodule_search_locations[0]) / inside
    return weights_folder() / weights.name


def is_available(weights: Weights) -> bool:
    """Whether the file is on this machine; its content is checked when it is read."""
    return weights_path(weights).is_file()


def check_hash(path: Path, sha256: str) -> None:
    """Compare a file's SHA-256 with the one it must have, or with its beginning.

    Raises
    ------
    WorkbenchError
        If it is another one.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    if not sha256 or not digest.hexdigest().startswith(sha256.lower()):
        raise WorkbenchError(
            "these are not the weights that were expected: the file is damaged or another one",
            path=path,
            kept="It was not used; delete it to fetch it again.",
        )


def download(weights: Weights, tick: Tick) -> Path:
    """Fetch weights and check them; what was there stays until the new file is whole.

    Parameters
    ----------
    weights
        What to fetch.
    tick
        Told (bytes so far, bytes in all); may raise to end the work.

    Raises
    ------
    WorkbenchError
        If the network does not give them or they are not what was expected.
    """
    if not weights.url:
        package = weights.package.partition(":")[0].replace("_", "-")
        raise WorkbenchError(f"the weights “{weights.title}” come with the package {package}, "
                             "which is not installed", kept="Install the program again.")
    path = weights_path(weights)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _fetch(weights, part, tick)
        check_hash(part, weights.sha256)
        part.replace(path)
    except urllib.error.URLError as error:
        raise WorkbenchError(
            f"the weights could not be fetched from {weights.url}: {error.reason}",
            kept="Start without weights, or from a file.",
        ) from error
    except OSError as error:  # the disk, or a connection that broke
        raise WorkbenchError(
            f"the weights could not be fetched: {error}", path=path,
            kept="Start without weights, or from a file.",
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _fetch(weights: Weights, part: Path, tick: Tick) -> None:
    with urllib.request.urlopen(weights.url, timeout=_TIMEOUT) as answer, part.open("wb") as file:
        total = int(answer.headers.get("Content-Length") or weights.size)
        done = 0
        tick(done, total)
        while chunk := answer.read(_CHUNK):
            file.write(chunk)
            done += len(chunk)
            tick(done, total)
        file.flush()
        os.fsync(file.fileno())
