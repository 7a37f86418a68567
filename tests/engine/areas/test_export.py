"""A model of areas as an ONNX file says the same elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from PIL import Image

from workbench.core.class_maps import shares_of
from workbench.engine.export.export import export_run
from workbench.engine.export.onnx_format import open_session
from workbench.engine.models.saved import load_model
from workbench.project.runs import RunFolder
from workbench.tasks.segmentation.engine.predict import AreaPredictor

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "export.md"


def test_the_file_says_the_same_also_by_the_example_of_the_guide(
    learned: RunFolder, tmp_path: Path
) -> None:
    file = tmp_path / "areas.onnx"
    result = export_run(learned.project, learned, file, lambda event: None)
    assert result["checked"] == 3 and result["score_difference"] < 0.001
    assert "scores to" in result["words"] and "px" not in result["words"]
    meta = {item.key: json.loads(item.value) for item in onnx.load(str(file)).metadata_props}
    assert meta["task"] == "semantic-segmentation" and meta["classes"] == ["disc", "stripe"]
    assert meta["input"].items() >= {"name": "images", "dtype": "uint8", "any_size": True}.items()
    images = sorted((learned.project / "images").glob("*.png"))[:2]
    wide = tmp_path / "wide.png"  # bars above and below, and another size than it learned from
    with Image.open(images[0]) as image:
        image.resize((300, 120)).save(wide)
    script = tmp_path / "areas.py"
    script.write_text(GUIDE.read_text("utf-8").split("```python\n")[3].split("```")[0], "utf-8")
    copies = [tmp_path / path.name for path in images]
    for path, copy in zip(images, copies, strict=True):
        copy.write_bytes(path.read_bytes())
    done = subprocess.run([sys.executable, "-W", "error", script, file, *copies, wide],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = {line["file"]: line["areas"] for line in map(json.loads, done.stdout.splitlines())}
    own = list(AreaPredictor.load(learned, "cpu").predict_raw([*copies, wide]))
    assert len(told) == len(own) == 3
    for found in own:
        theirs = told[str(found.shown.path)]
        for name, share in shares_of(found.raw.at(0.5), ("disc", "stripe")).items():
            assert abs(theirs[name] - share) < 0.01
    with Image.open(tmp_path / "wide.areas.png") as mask:
        assert mask.size == (300, 120) and set(np.unique(np.asarray(mask))) <= {0, 1, 2}


def test_any_number_of_images_of_other_sizes(learned: RunFolder, tmp_path: Path) -> None:
    file = tmp_path / "areas.onnx"
    export_run(learned.project, learned, file, lambda event: None)
    session = open_session(file)
    model, _ = load_model(learned.best_path, "cpu")
    model.module.eval()
    for shape in ((1, 3, 32, 64), (3, 3, 96, 32)):
        images = torch.randint(0, 256, shape, dtype=torch.uint8)
        [scores] = session(images.numpy())
        assert scores.shape == (shape[0], 3, *shape[2:])
        assert np.abs(scores - model.scores(images).numpy()).max() < 1e-3
