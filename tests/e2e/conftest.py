"""The whole program, used as a person uses it: mouse, keys, and what can be seen."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import real_window


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """A screen for programs that a test starts."""
    with real_window.screen() as name:
        yield name


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three pictures that nobody has labelled."""
    from PIL import Image

    folder = tmp_path / "photos"
    folder.mkdir()
    for number, color in enumerate(real_window.PHOTO_COLORS, start=1):
        Image.new("RGB", (320, 240), color).save(folder / f"photo{number}.png")
    return folder
