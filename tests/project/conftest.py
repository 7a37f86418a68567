from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.project.helpers import Owner
from tests.support import toy_format
from workbench.project.session import Session


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def open_session(owner: Owner) -> Iterator[Callable[[Path], Session]]:
    """Open folders; whatever is still open at the end of the test is closed."""
    opened: list[Session] = []

    def open_folder(folder: Path) -> Session:
        session = Session.open(folder, post=owner.post)
        opened.append(session)
        return session

    yield open_folder
    for session in opened:
        session.close(timeout=60)


@pytest.fixture
def open_ready(owner: Owner, open_session: Callable[[Path], Session],
               ) -> Callable[[Path], Session]:
    """The same, and wait until everything in the folder is found."""
    def open_folder(folder: Path) -> Session:
        session = open_session(folder)
        owner.ready(session)
        return session

    return open_folder


@pytest.fixture
def toy_reads() -> Iterator[toy_format.ToyReads]:
    """Say what the format "toy" reads."""
    with toy_format.registered() as say:
        yield say
