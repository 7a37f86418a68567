"""The bundled plugin uses the public API alone, is listed without torch, and learns."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from workbench.extension.plugins import load_plugins
from workbench.extension.recipe import Recipe
from workbench.extension.registry import recipes

PLUGIN = Path(__file__).resolve().parents[2] / "plugins" / "blob"
ALLOWED = ("workbench.extension", "torch", "__future__", "collections", "typing", "math")


@pytest.fixture
def recipe() -> Recipe:
    assert not [problem for problem in load_plugins() if "blob" in problem.path]
    return recipes.get("blob")


def test_imports_nothing_but_the_public_api() -> None:
    for path in PLUGIN.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name.startswith(ALLOWED), f"{path.name} imports {name}"


def test_is_listed_without_torch() -> None:
    code = (
        "import sys, json; from workbench.extension.plugins import load_plugins; "
        "from workbench.extension.registry import recipes; problems = load_plugins(); "
        "print(json.dumps([[r.id for r in recipes], 'torch' in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    ids, torch_imported = json.loads(done.stdout)
    assert "blob" in ids
    assert not torch_imported


def test_own_settings_are_checked_like_all_others(recipe: Recipe) -> None:
    assert recipe.settings.parse(["blob.channels=8"]) == {"blob.channels": 8}
    assert recipe.settings.defaults()["epochs"] == 80


def test_learns_to_find_squares(recipe: Recipe) -> None:
    torch = importlib.import_module("torch")
    detection = importlib.import_module("workbench.extension.detection")
    module, _, function = recipe.build.partition(":")
    build = getattr(importlib.import_module(module), function)
    facts = detection.DataFacts(
        images=8, boxes=8, image_sizes=((96, 64),) * 8, box_sizes=((16.0, 16.0),) * 8,
        relative_sizes=(0.2,) * 8, boxes_per_image=1, class_counts=(4, 4),
    )
    torch.manual_seed(0)
    model = build(detection.BuildContext(
        ("bright", "dark"), {"image_size": 96, "blob.channels": 8}, facts, "cpu"
    ))
    assert model.input_size == (96, 64)
    images = torch.full((8, 3, 64, 96), 114, dtype=torch.uint8)
    targets = []
    for number in range(8):
        x, y, bright = 8 * number, 4 * number + 8, number % 2 == 0
        images[number, :, y : y + 16, x : x + 16] = 250 if bright else 10
        box = torch.tensor([[x, y, x + 16, y + 16]], dtype=torch.float32)
        targets.append(SimpleNamespace(boxes=box, labels=torch.tensor([0 if bright else 1])))
    optimizer = torch.optim.AdamW(model.parameter_groups({}), lr=0.01)
    losses = []
    for _ in range(60):
        loss = sum(model.losses(images, targets).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.2 * losses[0]

    model.module.eval()
    for found, target in zip(model.detect(images), targets, strict=True):
        assert found.labels[0] == target.labels[0] and found.scores[0] > 0.3
        assert (found.boxes[0] - target.boxes[0]).abs().max() < 4
        assert len(found.scores) <= 1000 and bool((found.scores.diff() <= 0).all())
    again = build(detection.BuildContext(
        ("bright", "dark"), {"image_size": 96, "blob.channels": 8}, facts, "cpu"
    ))
    assert again.load_pretrained(model.module.state_dict()) == []
