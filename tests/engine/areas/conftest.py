from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))

import tiny_areas
import torch

from tests.engine.steering import request
from workbench.engine.training.control import TrainControl
from workbench.engine.training.train import train
from workbench.project.runs import RunFolder


@pytest.fixture
def areas(tmp_path: Path) -> Path:
    """A project of 16 generated images with two classes of areas."""
    return tiny_areas.make_areas(tmp_path / "areas")


@pytest.fixture(scope="package")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunFolder]:
    """A run of the small recipe on such a project."""
    project = tiny_areas.make_areas(tmp_path_factory.mktemp("learned") / "areas")
    torch.set_num_threads(1)
    asked = request(8, recipe="areas-n", settings={"batch_size": 4})
    yield train(project, asked, lambda event: None, TrainControl())
