"""Models that were not trained here: built, given weights with opinions, saved and exported."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

from workbench.core.annotation import Annotation, LabeledBox
from workbench.engine.export.export import export_run
from workbench.engine.models.build import all_settings, build_model
from workbench.engine.models.card import ModelCard
from workbench.engine.models.saved import save_model
from workbench.extension.detection import DataFacts
from workbench.extension.registry import recipes
from workbench.formats.voc import new_voc
from workbench.jobs.messages import Event
from workbench.project.runs import RunFolder
from workbench.project.splits import Split, save_split

FACTS = DataFacts(
    images=10, boxes=20, image_sizes=((320, 240),) * 10, box_sizes=((40.0, 40.0),) * 20,
    relative_sizes=(0.14,) * 20, boxes_per_image=3, class_counts=(10, 10),
)
CLASSES = ("a", "b")


def nothing(event: Event) -> None:
    pass


def saved_run(
    project: Path, recipe: str, facts: DataFacts, start: dict[str, str], side: int
) -> RunFolder:
    """A run with a model whose scores differ from place to place."""
    settings = all_settings(recipes.get(recipe), {"image_size": side})
    card = ModelCard("some-id", recipe, CLASSES, settings, facts, (1, 1))
    torch.manual_seed(0)
    model = build_model(recipes.get(recipe), card.context("cpu"))
    state = model.module.state_dict()
    for name in model.class_rows:
        if name.endswith("weight"):
            torch.nn.init.normal_(state[name], std=float(state[name].std()) * 5)
    run = RunFolder.create(project, recipe, {
        "recipe": recipe, "classes": list(CLASSES), "split": {"name": "default"},
        "start_from": start})
    save_model(run.best_path, state, replace(card, input_size=model.input_size))
    return run


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """A project of two images larger than any input, to be told apart by everything."""
    folder = tmp_path / "noise"
    (folder / "images").mkdir(parents=True)
    (folder / "annotations").mkdir()
    chance = np.random.default_rng(0)
    for name in ("one", "two"):
        path = folder / "images" / f"{name}.png"
        coarse = Image.fromarray(chance.integers(0, 256, (22, 30, 3), np.uint8))
        coarse.resize((600, 440), Image.Resampling.BICUBIC).save(path)
        data = new_voc(Annotation((LabeledBox("a", (3.0, 3.0, 50.0, 50.0)),), (600, 440)),
                       image_path=path)
        (folder / "annotations" / f"{name}.xml").write_bytes(data)
    save_split(folder, Split(train=["images/one.png"], val=["images/two.png"], test=[]))
    return folder


def told(file: Path) -> dict[str, object]:
    return {item.key: json.loads(item.value) for item in onnx.load(str(file)).metadata_props}


def test_torchvisions_detectors_look_at_one_image(noise: Path, tmp_path: Path) -> None:
    run = saved_run(noise, "ssdlite320-mobilenet-v3", FACTS,
                    {"kind": "pretrained", "name": "COCO, 80 kinds of things"}, 128)
    result = export_run(noise, run, tmp_path / "ssd.onnx", nothing)
    assert result["checked"] == 1
    assert result["box_difference"] < 0.1 and result["score_difference"] < 0.001
    meta = told(tmp_path / "ssd.onnx")
    assert meta["input"]["width"] == 128 and not meta["input"]["any_batch"]
    assert "COCO" in meta["licence"] and "BSD-3-Clause" in meta["licence"]


def test_a_model_of_tiles_says_how_images_are_cut(noise: Path, tmp_path: Path) -> None:
    run = saved_run(noise, "compact-n", replace(FACTS, tile=256, overlap=64), {"kind": "none"},
                    128)
    result = export_run(noise, run, tmp_path / "tiles.onnx", nothing)
    assert result["checked"] == 1 and result["box_difference"] < 0.1
    assert (told(tmp_path / "tiles.onnx")["tiles"] or {}).items() >= {
        "size": 256, "overlap": 64}.items()
