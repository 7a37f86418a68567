from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.project.helpers import Owner
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
        session.close(timeout=10)
