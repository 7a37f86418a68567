"""What the pre-flight says of the files of image classes before anything is trained."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from workbench.engine.training.control import TrainControl
from workbench.engine.training.preflight import preflight
from workbench.jobs.commands import TrainRequest


def draw(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (20, 20, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(path)


def test_unreadable_doubled_and_single_images_are_named(tmp_path: Path) -> None:
    for number in range(8):
        draw(tmp_path / f"ant/{number}.png", number)
        draw(tmp_path / f"bee/{number}.png", 100 + number)
    draw(tmp_path / "wasp/0.png", 200)
    shutil.copy(tmp_path / "ant/3.png", tmp_path / "bee/same.png")
    (tmp_path / "bee/note.png").write_text("no picture", encoding="utf-8")
    done = preflight(tmp_path, TrainRequest(recipe="lenet-5", device="cpu", epochs=1),
                     lambda event: None, TrainControl())
    broken, same, single = (next(words for words in done.warnings if part in words) for part in (
        "cannot be read", "same image", "only one picture"))
    assert broken.startswith("1 picture cannot be read and is left out: bee/note.png (")
    assert same == ("ant/3.png (“ant”) and bee/same.png (“bee”) are the same image with "
                    "different labels")
    assert single == "only one picture of wasp"
    assert done.look == {broken: "bee/note.png", same: "ant/3.png"}
