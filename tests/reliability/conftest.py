"""Trials with real kills and real full disks; they take minutes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import pytest
import real_window


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """A screen for programs that a test starts."""
    with real_window.screen() as name:
        yield name
