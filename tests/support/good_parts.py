"""A project of striped parts, some of which have a white spot, and a run that never learned."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from workbench.engine.models.card import KEY, ModelCard
from workbench.formats.score_maps import ScoreMap, ScoreMapSet, save_score_maps
from workbench.project.datasets.splits import save_split
from workbench.project.runs import RunFolder
from workbench.tasks.anomaly.samples import load_good

SIZE = (96, 64)
SPOT = (60, 20, 80, 40)
"""xyxy of what is odd in faulty parts."""


def part(number: int, *, spot: bool = False) -> Image.Image:
    """A part that differs a little from all others."""
    chance = np.random.default_rng(number)
    stripes = 90 + 40 * ((np.arange(SIZE[0]) // 8) % 2)
    pixels = np.broadcast_to(stripes[None, :, None], (SIZE[1], SIZE[0], 3)).astype(np.float64)
    pixels = pixels + chance.normal(0, 4, pixels.shape)
    if spot:
        pixels[SPOT[1]:SPOT[3], SPOT[0]:SPOT[2]] = 250
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def make_parts(folder: Path, *, good: int = 10, faulty: int = 3, names: tuple[str, str] = (
        "good", "spot")) -> Path:
    """Parts in a folder for each class."""
    for label, number, first in ((names[0], good, 0), (names[1], faulty, 100)):
        for place in range(number):
            path = folder / label / f"{place:02d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            part(first + place, spot=label == names[1]).save(path)
    return folder


def publish(parts: Path, folder: Path, learned: int = 6) -> Path:
    """Move parts to where MVTec AD has them: train/good, test/<class>, and ground_truth with the
    mask of each spot."""
    for place, path in enumerate(sorted(parts.glob("*/*.png"))):
        spot = path.parent.name == "spot"
        test = "test" if spot or place >= learned else "train"
        target = folder / test / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
        if spot:
            mask = folder / "ground_truth" / "spot" / f"{path.stem}_mask.png"
            mask.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.zeros(SIZE[::-1], np.uint8)
            pixels[SPOT[1]:SPOT[3], SPOT[0]:SPOT[2]] = 255
            Image.fromarray(pixels).save(mask)
    return folder


def add_run(project: Path, scores: dict[str, float] | None = None, *, name: str = "run",
            usual: float = 0.4, odd: float = 0.7) -> RunFolder:
    """A finished run that gave good images the score ``usual`` and all others ``odd``, but those
    of ``scores`` by their keys; the heat is where spots are."""
    data = load_good(project)
    run = RunFolder.create(project, name, {
        "recipe": "good-memory", "task": "anomaly-detection", "classes": data.classes, "epochs": 1,
        "good": data.good, "split": {"name": data.split.name}})
    save_split(run.path, data.split)
    card = ModelCard("today", "good-memory", tuple(data.classes), {}, {}, SIZE).to_json()
    header = json.dumps({"__metadata__": {KEY: json.dumps(card)}}).encode()
    run.best_path.write_bytes(len(header).to_bytes(8, "little") + header)
    run.write_state(state="finished", pid=0)
    store_answers(run, "test" if data.test else "val", scores, usual=usual, odd=odd)
    return run


def store_answers(run: RunFolder, part: str, scores: dict[str, float] | None = None, *,
           usual: float = 0.4, odd: float = 0.7) -> None:
    """Store what a run of :func:`add_run` said of one part."""
    data = load_good(run.project, run.split, run=run.path)
    maps = []
    for item in data.part(part):
        score = (scores or {}).get(item.key, usual if item.good else odd)
        values = np.full((SIZE[1] // 8, SIZE[0] // 8), 40, np.uint8)
        values[2:5, 7:10] = round(255 * score)
        maps.append(ScoreMap(score, values))
    save_score_maps(run.predictions_path(part), ScoreMapSet(
        [item.key for item in data.part(part)], [item.size for item in data.part(part)],
        list(data.classes), maps, {"model": "today", "split": part, "unreadable": []}))
