"""Memory of listening to long recordings and of learning from them, above the model's.

The recordings are 48 kHz wavs of ten minutes and of an hour, to listen to also of two hours. Each
figure is the peak of a process of its own, less the peak of the same with one of ten seconds.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from sounds import make_sound

LENGTHS = {"10 s": 10, "10 min": 600, "1 h": 3600}
_TRAIN = """
import resource, sys
from pathlib import Path
from workbench.engine.memory import kept_memory
from workbench.engine.training.control import TrainControl
from workbench.engine.training.train import train
from workbench.jobs.commands import TrainRequest
with kept_memory():
    train(Path(sys.argv[1]), TrainRequest(recipe="sound-cnn", device="cpu", epochs=2),
          lambda event: None, TrainControl())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
_LISTEN = """
import resource, sys, time
from pathlib import Path
from workbench.engine.memory import kept_memory
from workbench.extension.engine_task import SilentReporter
from workbench.tasks.sound_classification.engine.task import TASK
from workbench.project.runs import list_runs
with kept_memory():
    TASK.predict(list_runs(Path(sys.argv[1]))[0], [Path(sys.argv[2])], SilentReporter(), "cpu")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measure(folder: Path) -> dict[str, Any]:
    trained, heard = {}, {}
    for name, seconds in LENGTHS.items():
        project = folder / name.replace(" ", "")
        make_sound(project / "long.wav", seconds)
        make_sound(project / "other.wav", 10)
        _label(project / "long.txt", seconds, 200)
        _label(project / "other.txt", 10, 10)
        trained[name] = _peak(_TRAIN, project)
        heard[name] = _peak(_LISTEN, folder / "10s", project / "long.wav")
    make_sound(folder / "2h" / "long.wav", 7200)
    heard["2 h"] = _peak(_LISTEN, folder / "10s", folder / "2h" / "long.wav")
    return {"learning_mb_above_10_s": _above(trained), "listening_mb_above_10_s": _above(heard),
            "learning_mb_10_s": trained["10 s"], "listening_mb_10_s": heard["10 s"]}


def _label(path: Path, seconds: int, most: int) -> None:
    """Labels of two classes, spread over the recording, with stretches without any."""
    every = max(1, seconds // most)
    path.write_text("".join(
        f"{at}\t{at + 0.4}\t{'high' if at // every % 3 == 0 else 'low'}\n"
        for at in range(0, seconds, every) if at % 90 > 5 or seconds == 10))


def _peak(code: str, *paths: Path) -> float:
    """Megabytes."""
    done = subprocess.run([sys.executable, "-c", code, *map(str, paths)], check=True,
                          capture_output=True, text=True)
    return round(int(done.stdout.split()[-1]) / 1024, 1)


def _above(peaks: dict[str, float]) -> dict[str, float]:
    return {name: round(peak - peaks["10 s"], 1) for name, peak in peaks.items() if name != "10 s"}
