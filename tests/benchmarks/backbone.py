"""What the packaged backbone is worth: ``python tests/benchmarks/backbone.py PROJECT``.

Trains ``compact-lite0`` for the same processor time of one thread in five ways and prints a line of
JSON for each: mAP50 and mAP of the last epoch on the validation images of PROJECT's default split.
Runs stay in PROJECT, so give it a copy.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

WAYS = {
    "only neck and heads learn": ("head", "auto"),
    "the backbone's last stages too": ("last", "auto"),
    "all layers, the lower ones later and less": ("gradual", "auto"),
    "all layers": ("all", "auto"),
    "all layers, from nothing": ("all", "none"),
}


def learn(project: Path, way: str, seconds: float, side: int) -> None:
    """Train in this process, whose clock becomes that of its processor time."""
    from workbench.engine.training.control import TrainControl
    from workbench.engine.training.train import train
    from workbench.extension.plugins import load_plugins
    from workbench.jobs.commands import TrainRequest

    load_plugins()
    time.monotonic = time.perf_counter = time.process_time
    layers, start = WAYS[way]
    request = TrainRequest(
        recipe="compact-lite0", minutes=seconds / 60, device="cpu", seed=0, start_from=start,
        settings={"image_size": side, "train_layers": layers})
    run = train(project, request, lambda event: None, TrainControl(), began=time.process_time())
    epochs = [event for line in run.lines() if (event := json.loads(line))["event"] == "epoch"]
    last = next(event["metrics"] for event in reversed(epochs) if event["metrics"])
    print(json.dumps({
        "way": way, "epochs": run.state["epoch"], "mAP50": round(last["map_50"], 3),
        "mAP": round(last["map"], 3), "processor seconds": round(time.process_time())}))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("--seconds", type=float, default=200.0)
    parser.add_argument("--side", type=int, default=352, help="of the input, in pixels")
    parser.add_argument("--way", choices=WAYS)
    wanted = parser.parse_args()
    if wanted.way:
        learn(wanted.project, wanted.way, wanted.seconds, wanted.side)
        return 0
    for way in WAYS:
        subprocess.run(
            [sys.executable, __file__, str(wanted.project), "--way", way, "--seconds",
             str(wanted.seconds), "--side", str(wanted.side)],
            env={**os.environ, "OMP_NUM_THREADS": "1"}, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
