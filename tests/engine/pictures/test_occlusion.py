"""Which places of an image the score depends on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from workbench.cli import main
from workbench.engine.explain.explain import explain
from workbench.engine.models.saved import load_model, save_model
from workbench.engine.training.control import Interrupt, TrainControl
from workbench.engine.training.train import train
from workbench.jobs.commands import Explain, TrainRequest
from workbench.jobs.events import Event, Explained, Finished, Progress
from workbench.media.images.heat import HeatMap
from workbench.project.runs import RunFolder
from workbench.tasks.image_classification.engine.occlusion import CELLS

SIDE = 28


def cornered(folder: Path) -> Path:
    """Noise, of which some images have a bright spot in the upper left corner: their class."""
    chance = np.random.default_rng(0)
    for label in ("plain", "spot"):
        (folder / label).mkdir(parents=True)
        for number in range(12):
            pixels = chance.integers(60, 120, (SIDE, SIDE, 3)).astype(np.uint8)
            if label == "spot":
                pixels[2:8, 2:8] = 250
            Image.fromarray(pixels).save(folder / label / f"{number:02d}.png")
    return folder


@pytest.fixture(scope="module")
def corner(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    torch.set_num_threads(1)
    project = cornered(tmp_path_factory.mktemp("corner") / "corner")
    settings = {"batch_size": 8, "augment": False}
    return train(project, TrainRequest(recipe="lenet-5", device="cpu", epochs=12,
                                       settings=settings), lambda event: None, TrainControl())


def heat(run: RunFolder, file: str, name: str) -> HeatMap:
    events: list[Event] = []
    explain(Explain("j", str(run.project), file, run.name), events.append, TrainControl())
    assert isinstance(events[-1], Finished)
    assert any(isinstance(event, Progress) and event.done < event.total for event in events)
    found = next(event for event in events if isinstance(event, Explained))
    return next(item for item in map(HeatMap.from_json, found.views) if item.name == name)


def strongest(found: HeatMap) -> tuple[int, int]:
    row, column = np.unravel_index(int(found.values.argmax()), found.values.shape)
    return int(row), int(column)


def test_the_map_is_brightest_where_the_class_comes_from(corner: RunFolder) -> None:
    for number in range(3):
        found = heat(corner, f"spot/{number:02d}.png", "spot")
        assert found.score > 0.9 > 0.5 > found.lowest, "without its spot it is plain"
        assert found.values.shape == (CELLS, CELLS) and max(strongest(found)) <= 1
        assert found.values[3:, 3:].max() < found.values.max() / 4


def test_the_map_follows_the_weights(corner: RunFolder, tmp_path: Path) -> None:
    model, card = load_model(corner.best_path, "cpu")
    kept = corner.best_path.read_bytes()
    generator = torch.Generator().manual_seed(1)
    drawn = {name: item.flatten()[torch.randperm(item.numel(), generator=generator)].view_as(item)
             for name, item in model.module.state_dict().items()}
    try:
        save_model(corner.best_path, drawn, card)
        found = [heat(corner, f"spot/{number:02d}.png", "spot") for number in range(3)]
    finally:
        corner.best_path.write_bytes(kept)
    assert not all(max(strongest(item)) <= 1 and item.values.max() > 0.1 for item in found)


def test_it_can_be_ended(corner: RunFolder) -> None:
    control = TrainControl()

    def end(event: Event) -> None:
        assert not isinstance(event, Explained)
        control.cancel()

    with pytest.raises(Interrupt):
        explain(Explain("j", str(corner.project), "spot/00.png", corner.name), end, control)


def test_the_shell_writes_the_map_over_the_image(
    corner: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, out = str(corner.project), tmp_path / "why.png"
    assert main(["explain", project, "spot/00.png", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Covering the bright places lowers the score of spot most, from ")
    with Image.open(out) as shown:
        light = np.asarray(shown.convert("L"), int)
    assert light.shape == (SIDE, SIDE) and light[2:8, 2:8].min() > light[16:, 16:].max()
    before = (corner.project / "spot/00.png").read_bytes()
    for wrong in (["--class", "frog"], ["--out", str(corner.project / "spot/00.png")]):
        assert main(["explain", project, "spot/00.png", *wrong]) == 2
    said = capsys.readouterr().err
    assert "no class “frog”; it has: " in said and "is the image itself" in said
    assert (corner.project / "spot/00.png").read_bytes() == before
