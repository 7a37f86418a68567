"""A training begins sooner without what it does not need; looked at in a process of its own."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

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
from workbench.extension.training import OptimizerKind, optimizers
from workbench.jobs.commands import TrainRequest

def plain(groups, settings):  # one of torch's, as a plugin brings it
    import torch
    return torch.optim.Rprop([{key: group[key] for key in ("params", "lr", "peak")}
                              for group in groups])

optimizers.register(OptimizerKind("plain", "Plain", "__main__:plain"))
unwanted = ("torch._dynamo", "torch._inductor", "sympy", "torchvision", "torchaudio", "lightning",
            "onnx", "onnxruntime", "scipy", "matplotlib", "pandas", "cv2", "PySide6")
for project, recipe, settings in json.loads(sys.argv[1]):
    run = train(Path(project), TrainRequest(recipe=recipe, epochs=1, device="cpu",
                settings=settings), lambda event: None, TrainControl())
    print(run.state["state"], *sorted(set(unwanted) & set(sys.modules)))
"""


def imported(*trainings: tuple[Path, str, dict[str, Value]]) -> list[str]:
    """How trainings, one after the other in one process, ended, and what had been imported until
    then of what not every training needs."""
    asked = [(str(project), *more) for project, *more in trainings]
    done = subprocess.run(
        [sys.executable, "-c", _TRAINING, json.dumps(asked)],
        env=environment(), capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def test_a_training_imports_no_compiler_and_no_other_models(tmp_path: Path) -> None:
    project = make_project(tmp_path / "shapes", images=8, val=2, test=1)
    small: dict[str, Value] = {"image_size": 64, "batch_size": 4}
    assert imported(
        (project, "compact-n", {**small, "optimizer": "muon"}),
        (project, "compact-n", {**small, "optimizer": "adamw"}),
        (make_pictures(tmp_path / "pictures"), "lenet-5", {"optimizer": "plain"}),
        (make_sounds(tmp_path / "sounds"), "sound-cnn", {}),  # the last: it has one more
    ) == ["finished", "finished", "finished", "finished torchaudio"]


def test_what_a_waiting_engine_does_is_there() -> None:
    for name in (*service._AHEAD, service._AFTERWARDS):
        module, _, function = name.partition(":")
        found = importlib.import_module(module)
        assert not function or callable(getattr(found, function)), name
