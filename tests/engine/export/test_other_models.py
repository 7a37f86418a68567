"""Models that were not trained here: built, given weights with opinions, saved and exported."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from PIL import Image
from torchvision.ops import MultiScaleRoIAlign

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.schema import Value
from workbench.core.shapes import Box
from workbench.engine.export.export import export_run
from workbench.engine.export.onnx_format import open_session, write
from workbench.engine.models.build import all_settings, build_model
from workbench.engine.models.card import ModelCard, read_card
from workbench.engine.models.saved import load_model, read_weights, save_model
from workbench.extension.detection import DataFacts
from workbench.extension.exports import Graph
from workbench.extension.model import ModelContext
from workbench.extension.registry import recipes
from workbench.formats.voc import new_voc
from workbench.jobs.events import Event
from workbench.project.datasets.splits import Split, save_split
from workbench.project.runs import RunFolder
from workbench.tasks.detection.engine.torchvision_detectors import PoolEverywhere
from workbench.tasks.detection.engine.types import DetectionTarget

FACTS = DataFacts(
    images=10, boxes=20, image_sizes=((320, 240),) * 10, box_sizes=((40.0, 40.0),) * 20,
    relative_sizes=(0.14,) * 20, boxes_per_image=3, class_counts=(10, 10),
)
CLASSES = ("a", "b")


def nothing(event: Event) -> None:
    pass


def wake(model: Any) -> None:
    """Have every layer pass on something: norms that saw no image let nothing through."""
    for layer in model.module.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = None
    width, height = model.input_size
    coarse = torch.randint(0, 256, (2, 3, height // 8, width // 8)).float()
    images = torch.nn.functional.interpolate(coarse, (height, width)).to(torch.uint8)
    targets = [DetectionTarget(torch.tensor([[3.0, 3.0, 40.0, 40.0]]), torch.tensor([0]))] * 2
    with torch.no_grad():
        model.module.train()
        model.losses(images, targets)
    model.module.eval()


def saved_run(
    project: Path, recipe: str, facts: DataFacts, start: dict[str, str], side: int,
    **given: Value,
) -> RunFolder:
    """A run with a model whose scores differ from place to place."""
    settings = all_settings(recipes.get(recipe), {"image_size": side, **given})
    card = ModelCard("some-id", recipe, CLASSES, settings, asdict(facts), (1, 1))
    torch.manual_seed(0)
    model = build_model(recipes.get(recipe), ModelContext(CLASSES, settings, facts, "cpu"))
    state = model.module.state_dict()
    for name in model.class_rows:
        if name.endswith("weight"):
            torch.nn.init.normal_(state[name], std=0.5)
    wake(model)
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
        made = LabeledObject("a", Box(3.0, 3.0, 50.0, 50.0))
        data = new_voc(Annotation((made,), size=(600, 440)), image_path=path)
        (folder / "annotations" / f"{name}.xml").write_bytes(data)
    save_split(folder, Split(train=["images/one.png"], val=["images/two.png"], test=[]))
    return folder


def told(file: Path) -> dict[str, Any]:
    return {item.key: json.loads(item.value) for item in onnx.load(str(file)).metadata_props}


def test_torchvisions_detectors_look_at_one_image(noise: Path, tmp_path: Path) -> None:
    run = saved_run(noise, "ssdlite320-mobilenet-v3", FACTS,
                    {"kind": "pretrained", "name": "COCO, 80 kinds of things"}, 128)
    result = export_run(noise, run, tmp_path / "ssd.onnx", nothing)
    assert result["checked"] == 1
    assert 0 < result["box_difference"] < 0.1 and result["score_difference"] < 0.001
    meta = told(tmp_path / "ssd.onnx")
    assert meta["input"]["width"] == 128 and not meta["input"]["any_batch"]
    assert "COCO" in meta["licence"] and "BSD-3-Clause" in meta["licence"]


def test_a_model_of_tiles_says_how_images_are_cut(noise: Path, tmp_path: Path) -> None:
    run = saved_run(noise, "compact-n", replace(FACTS, tile=256, overlap=64), {"kind": "none"},
                    128)
    result = export_run(noise, run, tmp_path / "tiles.onnx", nothing)
    assert result["checked"] == 1 and 0 < result["box_difference"] < 0.1
    assert (told(tmp_path / "tiles.onnx")["tiles"] or {}).items() >= {
        "size": 256, "overlap": 64}.items()


@pytest.mark.parametrize("refine_boxes", ["twice"])  # "on" in tests/reliability/test_variants.py
def test_a_model_that_looks_again_does_so_elsewhere(
    noise: Path, tmp_path: Path, refine_boxes: str
) -> None:
    run = saved_run(noise, "compact-lite0", FACTS, {"kind": "none"}, 128, refine_boxes=refine_boxes)
    state = read_weights(run.best_path)
    for name in {"refinement.sides.weight", "refinement.rescoring.weight"} & set(state):
        torch.nn.init.normal_(state[name], std=0.3)  # with an opinion of its own
    save_model(run.best_path, state, read_card(run.best_path))
    result = export_run(noise, run, tmp_path / "refined.onnx", nothing)
    assert result["checked"] == 1 and 0 < result["box_difference"] < 0.1
    # images of other sizes than that it was traced with, more and fewer cells than are looked at
    model, _ = load_model(run.best_path, "cpu")
    session = open_session(tmp_path / "refined.onnx")
    for height, width in ((64, 96), (192, 256)):
        images = torch.randint(0, 256, (3, 3, height, width), dtype=torch.uint8)
        with torch.no_grad():
            expected = model.dense(images)
        found = session(images.numpy())
        for own, other in zip(expected, found, strict=True):
            np.testing.assert_allclose(other, own.numpy(), rtol=1e-3, atol=0.02)


def test_a_model_that_finds_outlines_finds_its_boxes_elsewhere_and_says_so(
    noise: Path, tmp_path: Path
) -> None:
    run = saved_run(noise, "compact-n", replace(FACTS, outlines=20), {"kind": "none"}, 128,
                    outlines="most")
    state = read_weights(run.best_path)
    for name in state:
        if name.endswith("boxes.bias"):  # so large that neighbouring cells say nearly the same
            state[name] = torch.tensor([0.0, 0.0, 2.8, 2.8])
    save_model(run.best_path, state, read_card(run.best_path))
    result = export_run(noise, run, tmp_path / "boxes.onnx", nothing)
    assert result["checked"] == 1 and 0 < result["box_difference"] < 0.1
    assert result["words"].endswith(" It finds boxes only: no outlines.")
    assert told(tmp_path / "boxes.onnx")["left_out"] == ["outlines"]
    plain = export_run(noise, saved_run(noise, "compact-n", FACTS, {"kind": "none"}, 128),
                       tmp_path / "plain.onnx", nothing)
    assert "boxes only" not in plain["words"]
    assert told(tmp_path / "plain.onnx")["left_out"] == []


class Pooled(torch.nn.Module):
    """Faster R-CNN's pooling of boxes over two maps."""

    def __init__(self, pool: torch.nn.Module) -> None:
        super().__init__()
        chance = torch.Generator().manual_seed(0)
        self.pool = pool
        self.maps = {"0": torch.rand(1, 4, 40, 40, generator=chance),
                     "1": torch.rand(1, 4, 20, 20, generator=chance)}

    def forward(self, boxes: torch.Tensor) -> torch.Tensor:
        pooled: torch.Tensor = self.pool(self.maps, [boxes], [(160, 160)])
        return pooled


def test_pooling_at_all_levels_is_torchvisions_own() -> None:
    own = Pooled(MultiScaleRoIAlign(["0", "1"], 7, 2))
    small, large = torch.tensor([[5.0, 8.0, 40.0, 30.0]]), torch.tensor([[2.0, 3.0, 150.0, 140.0]])
    example = torch.cat([small, small + 9, large])
    everywhere = Pooled(PoolEverywhere(own.pool)).eval()
    everywhere(example)
    graph = Graph(everywhere, example, "boxes", ("pooled",), {"boxes": {0: "n"},
                                                              "pooled": {0: "n"}})
    run = open_session(write(graph, {}))
    for boxes in (torch.cat([small, large, large + 5, large - 1]), small, large):
        np.testing.assert_allclose(run(boxes.numpy())[0], own(boxes).numpy(), atol=1e-5)
