"""A training begins sooner without what it does not need; looked at in a process of its own."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_project import environment, make_project

from workbench.engine import service

_TRAINING = """
import sys
from pathlib import Path
from workbench.engine.training.control import TrainControl
from workbench.engine.training.train import train
from workbench.jobs.commands import TrainRequest

settings = {"image_size": 64, "batch_size": 4, "optimizer": sys.argv[2]}
run = train(Path(sys.argv[1]), TrainRequest(recipe="compact-n", epochs=1, device="cpu",
            settings=settings), lambda event: None, TrainControl())
unwanted = ("torch._dynamo", "torch._inductor", "sympy", "torchvision", "torchaudio", "onnx",
            "onnxruntime", "scipy", "matplotlib", "pandas", "PySide6")
print(run.state["state"], *sorted(set(unwanted) & set(sys.modules)))
"""


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_a_training_imports_no_compiler_and_no_other_models(tmp_path: Path, optimizer: str) -> None:
    project = make_project(tmp_path / "shapes", images=8, val=2, test=1)
    done = subprocess.run(
        [sys.executable, "-c", _TRAINING, str(project), optimizer],
        env=environment(), capture_output=True, text=True, check=False,
    )
    assert done.stdout.split() == ["finished"], done.stderr[-2000:]


def test_what_a_waiting_engine_does_ahead_is_there() -> None:
    for name in service._AHEAD:
        module, _, function = name.partition(":")
        found = importlib.import_module(module)
        assert not function or callable(getattr(found, function)), name
