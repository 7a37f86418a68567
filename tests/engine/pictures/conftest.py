from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))

import tiny_pictures
import torch

from workbench.engine.training.control import TrainControl
from workbench.engine.training.train import train
from workbench.jobs.commands import TrainRequest
from workbench.project.runs import RunFolder


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A project of 18 generated pictures in three folders."""
    return tiny_pictures.make_pictures(tmp_path / "pictures")


@pytest.fixture(scope="package")
def instant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunFolder]:
    """A run of the default recipe on such a project."""
    project = tiny_pictures.make_pictures(tmp_path_factory.mktemp("instant") / "pictures", each=4)
    torch.set_num_threads(1)
    yield train(project, TrainRequest(device="cpu"), lambda event: None, TrainControl())
