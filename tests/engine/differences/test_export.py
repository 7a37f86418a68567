"""A model of good images as an ONNX file says the same elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from PIL import Image

from tests.support.good_parts import part
from workbench.engine.export.export import export_run
from workbench.engine.export.onnx_format import open_session, write
from workbench.engine.models.card import read_card
from workbench.extension.model import ModelContext
from workbench.project.runs import RunFolder
from workbench.tasks.anomaly.engine.export import exportable
from workbench.tasks.anomaly.engine.model import DifferenceModel
from workbench.tasks.anomaly.engine.predict import DifferencePredictor
from workbench.tasks.anomaly.samples import GoodFacts

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "export.md"


def test_the_file_says_the_same_also_by_the_example_of_the_guide(
    learned: RunFolder, tmp_path: Path,
) -> None:
    file = tmp_path / "parts.onnx"
    result = export_run(learned.project, learned, file, lambda event: None)
    assert result["checked"] == 5 and result["score_difference"] < 0.001
    meta = {item.key: json.loads(item.value) for item in onnx.load(str(file)).metadata_props}
    assert meta["task"] == "anomaly-detection" and meta["oddest"] == {"share": 0.01, "most": 16}
    images = []
    for number, (spot, size) in enumerate(((True, (96, 64)), (False, (96, 64)), (True, (99, 99)))):
        images.append(tmp_path / f"{number}.png")
        part(700 + number, spot=spot).resize(size).save(images[-1])
    script = tmp_path / "differs.py"
    script.write_text(GUIDE.read_text("utf-8").split("```python\n")[-1].split("```")[0], "utf-8")
    done = subprocess.run([sys.executable, "-W", "error", script, file, *images],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["differs"] for line in told] == [True, False, True]
    own = list(DifferencePredictor.load(learned, "cpu").predict_raw(images))
    for line, found in zip(told, own, strict=True):
        assert abs(line["score"] - found.raw.score) < 0.002
    with Image.open(tmp_path / "2.heat.png") as heat:
        assert heat.size == (99, 99)


def test_any_number_of_images_and_models_of_earlier_versions(learned: RunFolder) -> None:
    model = DifferenceModel(ModelContext(("good",), {"patches": 50}, GoodFacts(3, ((96, 64),)),
                                         "cpu"))
    state = model.module.eval().state_dict()
    state["bank"].copy_(torch.rand(50, 176, generator=torch.Generator().manual_seed(1)))
    state["limit"].fill_(3)
    exported = exportable(model, read_card(learned.best_path), learned)
    run = open_session(write(exported.graph, exported.metadata))
    images = torch.randint(0, 256, (3, 3, 64, 96), dtype=torch.uint8)
    [found] = run(images.numpy())
    assert found.shape == (3, 1, 8, 12)
    for each, patches in zip(found, model.module(images), strict=True):
        far = torch.cdist(patches.flatten(1).T, state["bank"]).min(1).values / 3
        assert np.abs(each.ravel() - far.numpy()).max() < 1e-3
    assert all(apart.score < 0.001 for _, apart in exported.compare(run, lambda: None))
