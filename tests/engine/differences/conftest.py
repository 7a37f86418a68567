from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.steering import request
from tests.support.good_parts import make_parts
from workbench.engine.training.control import TrainControl
from workbench.engine.training.train import train
from workbench.project.runs import RunFolder


@pytest.fixture(scope="package")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunFolder]:
    """A run on ten good parts and three with a spot."""
    project = make_parts(tmp_path_factory.mktemp("learned") / "parts")
    yield train(project, request(None, recipe="good-memory", settings={"patches": 200}),
                lambda event: None, TrainControl())
