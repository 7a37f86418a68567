from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import tiny_project

from tests.engine.steering import Listener


@pytest.fixture(autouse=True)
def tiny_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_project.use_tiny_recipe(monkeypatch)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tiny_project.make_project(tmp_path / "shapes")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Many small tensors on a shared machine: waiting for a second thread only costs time."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture
def listen() -> Listener:
    """What hears the events of a training, and steers it."""
    return Listener()
