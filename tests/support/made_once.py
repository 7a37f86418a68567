"""What takes long is made once for all processes that run tests side by side."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.formats.locks import try_lock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A copy of the folder that ``make`` fills; whoever needs it first makes it, others wait."""
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # that of all workers
    made, done = root / name, root / f"{name}.done"
    lock = os.open(root / f"{name}.lock", os.O_RDWR | os.O_CREAT)
    try:
        while try_lock(lock) is False:
            threading.Event().wait(0.1)
        if not done.exists():
            shutil.rmtree(made, ignore_errors=True)  # of one that failed
            make(made)
            done.touch()
    finally:
        os.close(lock)  # which ends the lock
    return Path(shutil.copytree(made, factory.mktemp(name) / name))
