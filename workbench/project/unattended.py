"""Editing a project without a window."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.project.session import Session


@contextmanager
def editing(project: Path) -> Iterator[Session]:
    """The window's own session, whose edits are on the disk at the end.

    Raises
    ------
    WorkbenchError
        If they cannot be saved.
    """
    posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    session = Session.open(project, post=posted.put)
    try:
        yield session
    finally:
        if not session.close(60.0):
            raise WorkbenchError("the labels could not be saved", path=project)
