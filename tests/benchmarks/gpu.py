"""What a GPU makes of the program: ``python tests/benchmarks/gpu.py [--json] [--device cpu]``.

Prints one table in less than six minutes; with ``--json`` its rows go to stderr as they come, and
one object to stdout at the end. On a machine without a GPU it says so; ``--device cpu`` then runs
the same table on tiny data, which shows that this file works and nothing else. Real data (``--data
FOLDER`` with ``bccd``) is learned from where it is given. What fails is told in its row; where the
GPU does not answer after that, each row that is left has a process of its own.

``eager``: a step is sent operation by operation; ``recorded``: it is replayed; ``step alone``:
recorded, with one batch that is there already. What the loader makes the device wait for is the
difference between the last two.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from common import make_image, make_learnable

UNRECORDED = "WORKBENCH_UNRECORDED"
WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"
SAME = "eager = recorded"
BEGAN = time.monotonic()
LAST = 300.0  # seconds after which no other row is begun


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: seconds of each figure, images, batch, and side of the input."""

    seconds: float
    images: int
    batch: int
    side: int
    clips: int
    steps: int
    warm: int


GPU = Scale(4.0, 512, 64, 416, 2000, 50, 12)
TINY = Scale(0.5, 16, 4, 64, 24, 3, 1)

Figures = dict[str, float | int | str]
Measure = Callable[[Path, str, Scale], Figures]


# Parts of a training


@contextmanager
def parts_of(
    project: Path, recipe: str, device: str, settings: dict[str, Any], recorded: bool = True
) -> Iterator[tuple[Any, Any, list[str]]]:
    """The parts of a training, what takes its steps, and what that has said."""
    from workbench.engine.training.parts import build_bare, build_parts
    from workbench.engine.training.planning import make_plan
    from workbench.engine.training.step import StepTaker
    from workbench.jobs.commands import TrainRequest

    if recorded:
        os.environ.pop(UNRECORDED, None)
    else:
        os.environ[UNRECORDED] = "1"
    request = TrainRequest(recipe=recipe, epochs=1000, device=device, settings=settings)
    plan = make_plan(project, request, lambda text, done, total: None)
    said: list[str] = []
    with tempfile.TemporaryDirectory() as cache:
        parts = build_parts(plan, build_bare(plan), Path(cache))
        parts.model.module.train()
        taker = StepTaker(parts, said.append)
        try:
            yield parts, taker, said
        finally:
            taker.forget()
            parts.close()


def endless(parts: Any, batch: int) -> Iterator[Any]:
    epoch = 0
    while True:
        epoch += 1
        yield from parts.loader.epoch(epoch, batch, 0, lambda index: 0.3)


def speed(taker: Any, batches: Iterator[Any], seconds: float, warm: int) -> float:
    """Samples a second, each step's losses read when the next one is in the queue."""
    waiting: list[Any] = []
    samples, began = 0, 0.0
    for number, batch in enumerate(batches):
        if number == warm:
            for item in waiting:
                item.read()
            waiting, began = [], time.perf_counter()
        waiting.append(taker.take(batch, []))
        samples += len(batch.inputs) * (number >= warm)
        if len(waiting) > 1:
            waiting.pop(0).read()
        if number > warm and time.perf_counter() - began > seconds:
            break
    for item in waiting:
        item.read()
    return samples / (time.perf_counter() - began)


def training_speed(
    project: Path, recipe: str, device: str, scale: Scale, settings: dict[str, Any]
) -> Figures:
    figures: Figures = {}
    wanted = {"batch_size": scale.batch, **settings}
    for name, recorded in (("eager", False), ("recorded", True)):
        with parts_of(project, recipe, device, wanted, recorded) as (parts, taker, said):
            batches = endless(parts, scale.batch)
            figures[f"{name} samples/s"] = round(speed(taker, batches, scale.seconds, scale.warm))
            if recorded:
                one = next(batches)
                alone = speed(taker, iter(partial(lambda batch: batch, one), None),
                              scale.seconds / 2, scale.warm // 2)
                figures["step alone samples/s"] = round(alone)
                figures["steps/s"] = round(float(figures["recorded samples/s"]) / scale.batch, 1)
                figures["device waits"] = f"{max(0.0, 1 - speed_ratio(figures)):.0%}"
                if said:
                    figures["said"] = said[0]
            batches.close()  # type: ignore[attr-defined]  # a generator
    return figures


def speed_ratio(figures: Figures) -> float:
    return float(figures["recorded samples/s"]) / float(figures["step alone samples/s"])


# Rows


def compact(size: str, folder: Path, device: str, scale: Scale) -> Figures:
    project = folder / "pictures"
    if not project.is_dir():
        make_learnable(project, scale.images)
    return training_speed(project, f"compact-{size}", device, scale, {"image_size": scale.side})


def sounds(folder: Path, device: str, scale: Scale) -> Figures:
    import soundfile
    from tiny_sounds import CLASSES, RATE, sound

    project = folder / "sounds"
    project.mkdir()
    for index in range(scale.clips):
        label = CLASSES[index % 3]
        soundfile.write(project / f"{label}_s{index % 5}_{index}.wav", sound(label, index, 0.6),
                        RATE)
    return training_speed(project, "sound-cnn", device, scale, {})


def classifier(folder: Path, device: str, scale: Scale) -> Figures:
    project = folder / "classes"
    for index in range(scale.images):
        part = project / f"kind{index % 4}"
        part.mkdir(parents=True, exist_ok=True)
        make_image(part / f"{index}.jpg", 400, 300, index)
    recipe = "resnet-50" if device != "cpu" else "lenet-5"
    return training_speed(project, recipe, device, scale, {})


def areas(recipe: str, folder: Path, device: str, scale: Scale) -> Figures:
    from outlined_project import outline_labels

    project = folder / "areas"
    if not project.is_dir():
        make_learnable(project, scale.images)
        outline_labels((project / "annotations").iterdir())
    return training_speed(project, recipe, device, scale, {})


def calls(folder: Path, device: str, scale: Scale) -> Figures:
    import made_calls

    project = made_calls.make_calls(folder / "calls", scale.clips // 80 + 4)
    return training_speed(project, "calls-n", device, scale, {})


def differences(folder: Path, device: str, scale: Scale) -> Figures:
    """From the click to a model of good images, and asking it."""
    import good_parts

    from workbench.engine.training.control import TrainControl
    from workbench.engine.training.train import train
    from workbench.jobs.commands import TrainRequest

    project = good_parts.make_parts(folder / "parts", good=scale.images)
    began = time.perf_counter()
    train(project, TrainRequest(recipe="good-memory", device=device), lambda event: None,
          TrainControl())
    return {"good images": scale.images, "s to learn and judge": round(
        time.perf_counter() - began, 2)}


def faster_rcnn(folder: Path, device: str, scale: Scale) -> Figures:
    """Beside torchvision's own loop: the same model, its losses, SGD, batches for nothing."""
    import torch

    recipe = "fasterrcnn-" + ("mobilenet-v3-320" if device == "cpu" else "resnet50-fpn-v2")
    batch = min(4, scale.batch)
    settings = {"batch_size": batch, "optimizer": "sgd", "lr": 0.001}
    with parts_of(folder / "pictures", recipe, device, settings) as (parts, taker, said):
        batches = endless(parts, batch)
        kept = list(islice(batches, 4))
        ours = speed(taker, batches, scale.seconds, scale.warm)
        batches.close()  # type: ignore[attr-defined]  # a generator
        model, number = parts.model, 0
        plain = torch.optim.SGD(model.module.parameters(), lr=0.001, momentum=0.9)
        began = 0.0
        while number <= scale.warm or time.perf_counter() - began < scale.seconds:
            if number == scale.warm:
                began = time.perf_counter()
            one = kept[number % 4]
            with parts.precision.autocast():
                loss = sum(model.losses(one.inputs, one.targets).values())
            plain.zero_grad()
            loss.backward()
            plain.step()
            loss.item()
            number += 1
        bare = batch * (number - scale.warm) / (time.perf_counter() - began)
    return {"images/s": round(ours, 1), "torchvision's loop images/s": round(bare, 1),
            "share": round(ours / bare, 3), "said": said[0] if said else ""}


def predicting(folder: Path, device: str, scale: Scale) -> Figures:
    import torch
    from bench_predict import _write_model

    from workbench.tasks.detection.engine.predict import Predictor

    _write_model(folder / "model.safetensors")
    files = sorted((folder / "pictures" / "images").iterdir())
    predictor = Predictor.load_file(folder / "model.safetensors", device)
    list(predictor.predict_raw(files[:64]))
    began = time.perf_counter()
    list(predictor.predict_raw(files))
    whole = len(files) / (time.perf_counter() - began)
    model = predictor._model
    width, height = model.input_size
    batch = torch.zeros((16, 3, height, width), dtype=torch.uint8, device=device)
    times = []
    with torch.inference_mode():
        for _ in range(12):
            began = time.perf_counter()
            model.module(batch)
            if device != "cpu":
                torch.cuda.synchronize()
            times.append(time.perf_counter() - began)
    bare = len(batch) / statistics.median(times[2:])
    return {"images/s": round(whole), "network alone images/s": round(bare),
            "times the network's": round(bare / whole, 2)}


def first_step(folder: Path, device: str, scale: Scale) -> Figures:
    import bench_first_step

    project = folder / "pictures"
    cold = bench_first_step._from_nothing(project)
    found: Figures = {"s from process start": round(cold, 2)}
    if device != "cpu":
        found["s from the click, warm"] = round(bench_first_step._from_waiting(project), 2)
    return found


def learned(seconds: float, data: Path | None, folder: Path, device: str, scale: Scale) -> Figures:
    import shutil

    from workbench.engine.training.control import TrainControl
    from workbench.engine.training.train import train
    from workbench.jobs.commands import TrainRequest

    if data is None or not (data / "bccd").is_dir():
        return {"skipped": "no bccd given by --data"}
    os.environ.pop(UNRECORDED, None)
    project = folder / f"bccd-{seconds:g}"
    shutil.copytree(data / "bccd", project)
    began = time.perf_counter()
    request = TrainRequest(recipe="compact-n", minutes=seconds / 60, device=device)
    run = train(project, request, lambda event: None, TrainControl())
    metrics = run.state["metrics"].get("val", {})
    return {"val mAP50": round(float(metrics.get("map_50", -1)), 3),
            "s in all": round(time.perf_counter() - began, 1), "epochs": int(run.state["epoch"])}


def apart(row: str, device: str, more: list[str], environment: dict[str, str]) -> Figures:
    """A row in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--only", row, "--json", "--device", device, *more],
        env={**os.environ, **environment}, capture_output=True, text=True)
    try:
        found: Figures = json.loads(done.stdout)[row]
    except ValueError:
        raise RuntimeError(f"its process ended with {done.returncode}: {done.stderr[-500:]}"
                           ) from None
    return found


def same_losses(folder: Path, device: str, scale: Scale) -> Figures:
    """Eager and recorded steps on the same batches, with algorithms that repeat themselves. In a
    process of its own, as cuBLAS is told so before it begins."""
    if WORKSPACE not in os.environ:
        return apart(SAME, device, [], {WORKSPACE: ":4096:8"})
    import torch

    from workbench.engine import seeds

    torch.use_deterministic_algorithms(True, warn_only=True)
    settings = {"batch_size": scale.batch, "image_size": scale.side, "lr": 0.005}
    columns: list[list[float]] = []
    for recorded in (False, True):
        with parts_of(folder / "pictures", "compact-n", device, settings, recorded) as (
                parts, taker, _):
            batches, losses = endless(parts, scale.batch), []
            for number in range(scale.steps):
                batch = next(batches)
                seeds.seed_torch(0, number)
                losses.append(taker.take(batch, []).read()[0]["loss"])
            batches.close()  # type: ignore[attr-defined]  # a generator
            columns.append(losses)
    pairs = list(zip(*columns, strict=True))
    return {"steps": scale.steps, "equal to the last bit": sum(a == b for a, b in pairs),
            "largest difference": f"{max(abs(a - b) / abs(a) for a, b in pairs):.1e}",
            "first, last loss": f"{pairs[0][1]:.3g}, {pairs[-1][1]:.3g}"}


def no_waiting(folder: Path, device: str, scale: Scale) -> Figures:
    """A whole step while torch raises at whatever waits for the device."""
    import torch

    settings = {"batch_size": scale.batch, "image_size": scale.side}
    with parts_of(folder / "pictures", "compact-n", device, settings, False) as (parts, taker, _):
        batches = endless(parts, scale.batch)
        batch = next(batches)
        batches.close()  # type: ignore[attr-defined]  # a generator
        taker.take(batch, []).read()
        if device == "cpu":
            return {"waits": "cannot be told on a CPU"}
        torch.cuda.synchronize()
        try:
            torch.cuda.set_sync_debug_mode("error")
            losses = taker.take(batch, [])
        finally:
            torch.cuda.set_sync_debug_mode("default")
        losses.read()
    return {"waits": 0}


# The table


def rows(data: Path | None) -> dict[str, Measure]:
    return {
        **{f"compact-{size}": partial(compact, size) for size in ("n", "s", "m")},
        "sound-cnn": sounds,
        "image classifier": classifier,
        **{name: partial(areas, name) for name in ("areas-n", "areas-lite0")},
        "calls-n": calls,
        "good-memory": differences,
        "predict, compact-n": predicting,
        "Faster R-CNN": faster_rcnn,
        SAME: same_losses,
        "nothing waits in a step": no_waiting,
        "first step": first_step,
        "bccd, 15 s": partial(learned, 15, data),
        "bccd, 30 s": partial(learned, 30, data),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    parser.add_argument("--device", default="cuda", help="cuda, or cpu for a tiny table")
    parser.add_argument("--data", type=Path, help="a folder with the data set bccd")
    parser.add_argument("--only", nargs="*", default=[], metavar="ROW")
    wanted = parser.parse_args()
    import torch

    if wanted.device != "cpu" and not torch.cuda.is_available():
        print("There is no GPU here, so there is nothing to measure; --device cpu shows that the "
              "benchmark works.")
        return 0
    from workbench.extension.plugins import load_plugins

    load_plugins()
    scale = TINY if wanted.device == "cpu" else GPU
    if wanted.device == "cpu":
        torch.set_num_threads(1)  # tiny work, perhaps beside other work
    name = "cpu" if wanted.device == "cpu" else torch.cuda.get_device_name()
    results: dict[str, Any] = {"device": name, "torch": torch.__version__}
    with tempfile.TemporaryDirectory(prefix="bench-gpu-") as scratch:
        (Path(scratch) / "home").mkdir()
        os.environ["XDG_CACHE_HOME"] = os.environ["XDG_CONFIG_HOME"] = f"{scratch}/home"
        make_learnable(Path(scratch) / "pictures", scale.images)
        for row, measure in rows(wanted.data).items():
            if wanted.only and row not in wanted.only:
                continue
            results[row] = _measured(_how(row, measure, wanted), Path(scratch), wanted.device,
                                     scale)
            words = ", ".join(f"{key} {value}" for key, value in results[row].items())
            print(f"| {row} | {words} |", flush=True, file=sys.stderr if wanted.json else None)
    if wanted.json:
        print(json.dumps(results, indent=2))
    return 1 if any("failed" in row for row in results.values() if isinstance(row, dict)) else 0


def _how(row: str, measure: Measure, wanted: argparse.Namespace) -> Measure:
    """How a row is measured now: not where the time is over, and not here where this process
    cannot use the GPU any more."""
    from workbench.engine.devices import gpu_answers

    if time.monotonic() - BEGAN > LAST:
        return lambda folder, device, scale: {"skipped": "no time was left"}
    if gpu_answers():
        return measure
    more = ["--data", str(wanted.data)] if wanted.data else []
    return lambda folder, device, scale: apart(row, device, more, {})


def _measured(measure: Measure, folder: Path, device: str, scale: Scale) -> Figures:
    began = time.perf_counter()
    try:
        found = measure(folder, device, scale)
    except Exception as error:  # the other rows are still worth having
        calls = traceback.extract_tb(error.__traceback__)
        place = next((item for item in reversed(calls)
                      if "site-packages" not in Path(item.filename).parts), calls[0])
        words = " ".join(f"{type(error).__name__}: {error}".split())[:600]
        found = {"failed": f"{words} (in {Path(place.filename).name}, line {place.lineno})"}
    return {**found, "took s": round(time.perf_counter() - began, 1)}


if __name__ == "__main__":
    sys.exit(main())
