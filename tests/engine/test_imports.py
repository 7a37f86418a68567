"""A training begins sooner without what it does not need; looked at in a process of its own."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_pictures import make_pictures
from tiny_project import environment, make_project
from tiny_sounds import make_sounds

from workbench.core.schema import Value
from workbench.engine import service

_TRAINING = """
import json, sys
from pathlib import Path
from workbench.engine.training.control import TrainControl
from workbench.engine.training.train import train
from workbench.jobs.commands import TrainRequest

run = train(Path(sys.argv[1]), TrainRequest(recipe=sys.argv[2], epochs=1, device="cpu",
            settings=json.loads(sys.argv[3])), lambda event: None, TrainControl())
unwanted = ("torch._dynamo", "torch._inductor", "sympy", "torchvision", "torchaudio", "lightning",
            "onnx", "onnxruntime", "scipy", "matplotlib", "pandas", "PySide6")
print(run.state["state"], *sorted(set(unwanted) & set(sys.modules)))
"""


def imported(project: Path, recipe: str, **settings: Value) -> list[str]:
    """How a training ended, and what it had imported of what not every training needs."""
    done = subprocess.run(
        [sys.executable, "-c", _TRAINING, str(project), recipe, json.dumps(settings)],
        env=environment(), capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split()


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_a_training_imports_no_compiler_and_no_other_models(tmp_path: Path, optimizer: str) -> None:
    project = make_project(tmp_path / "shapes", images=8, val=2, test=1)
    assert imported(project, "compact-n", image_size=64, batch_size=4, optimizer=optimizer) == [
        "finished"]


def test_sounds_and_classes_of_images_import_what_is_theirs(tmp_path: Path) -> None:
    assert imported(make_sounds(tmp_path / "sounds"), "sound-cnn") == [
        "finished", "torchaudio"]
    assert imported(make_pictures(tmp_path / "pictures"), "lenet-5") == ["finished"]


def test_what_a_waiting_engine_does_ahead_is_there() -> None:
    for name in service._AHEAD:
        module, _, function = name.partition(":")
        found = importlib.import_module(module)
        assert not function or callable(getattr(found, function)), name
