"""An exported model finds the same boxes, in this program's hands and in a stranger's."""

from __future__ import annotations

import io
import json
import pathlib
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image, ImageOps

from tests.conftest import real_data, shared_data
from tests.engine.export.conftest import SCORE
from tests.support.picture_kinds import KINDS, Kind, png16, saved, tiff
from workbench.core.detections import Detections
from workbench.engine.export.export import MOST_PIXELS, MOST_SCORE, export_run
from workbench.engine.models.saved import load_model, save_model
from workbench.evaluation.nms import filter_detections
from workbench.project.runs import RunFolder
from workbench.tasks.detection.engine.export import difference
from workbench.tasks.detection.engine.predict import Predictor

OTHERWISE = {"png-16-grey-alpha-0", "tiff-u32"}
"""Kinds of which the guide says that its example shows them otherwise."""
GUIDE = Path(__file__).resolve().parents[3] / "docs" / "export.md"


def example() -> str:
    """The program in the guide, as it stands there."""
    return GUIDE.read_text("utf-8").split("```python\n")[1].split("```")[0]


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    """Eight real images, a blank one, one of odd sizes, a large JPEG and one held upright."""
    folder = shared_data("bccd") / "JPEGImages"
    real = sorted(folder.glob("*.jpg"))[30:38]
    with Image.open(real[0]) as opened:
        photo = opened.convert("RGB")
    photo.crop((11, 7, 344, 478)).save(tmp_path / "odd.png")
    photo.resize((2003, 1501)).save(tmp_path / "large.jpg", quality=95)
    upright = Image.Exif()
    upright[0x0112] = 6
    photo.save(tmp_path / "upright.jpg", exif=upright, quality=95)
    Image.new("RGB", (640, 480), (128, 128, 128)).save(tmp_path / "blank.png")
    return [*real, *sorted(tmp_path.iterdir())]


def shown(run: RunFolder, images: list[Path]) -> dict[str, Detections]:
    """What this program shows on each image."""
    found = {item.path.name: filter_detections(item.raw, SCORE, 0.4)
             for item in Predictor.load(run, "cpu").predict_raw(images)}
    assert len(found) == 12 and sum(len(item.scores) for item in found.values()) > 40
    return found


def by_the_example(exported: Path, images: list[Path], run: RunFolder, tmp_path: Path
                   ) -> dict[str, Detections]:
    """What the program in the guide finds, by the name of the file."""
    script = tmp_path / "detect.py"
    script.write_text(example(), "utf-8")
    done = subprocess.run([sys.executable, "-W", "error", script, exported, *images],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    classes = run.config["classes"]
    found = {}
    for path in images:
        mine = [line for line in lines if line["file"] == str(path)]
        found[path.name] = Detections(
            np.array([line["box"] for line in mine], np.float32).reshape(-1, 4),
            np.array([line["score"] for line in mine], np.float32),
            np.array([classes.index(line["label"]) for line in mine], np.int64))
    return found


def test_the_example_in_the_guide_finds_the_same(
    learned: RunFolder, exported: Path, images: list[Path], tmp_path: Path
) -> None:
    found = by_the_example(exported, images, learned, tmp_path)
    for name, own in shown(learned, images).items():
        # one that is at the threshold may be on either side of it
        apart = difference(own, found[name], least=SCORE + 0.01)
        assert apart.pixels <= MOST_PIXELS and apart.score <= MOST_SCORE, (name, apart)


def test_the_example_finds_the_same_in_deep_and_turned_images(
    learned: RunFolder, exported: Path, images: list[Path], tmp_path: Path
) -> None:
    with Image.open(images[0]) as opened:
        photo = np.asarray(opened.convert("RGB"))
    deep = photo.astype(np.uint16) * 9 + 300  # 12 bits of 16, in colour and grey
    grey = deep.mean(axis=2).astype(np.uint16)
    folder = tmp_path / "kinds"
    folder.mkdir()
    files = {
        "deep.png": png16(deep, 2), "grey.tif": tiff(grey), "turned.tif": tiff(deep, orientation=6),
        "grey-turned.tif": tiff((grey // 16).astype(np.uint8), orientation=8),
        "float.tif": tiff((grey / 4096).astype(np.float32)),
        "clear.png": saved(Image.fromarray(np.dstack([photo, photo[..., 0] * 0])), "PNG"),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    paths = [folder / name for name in files]
    found = by_the_example(exported, paths, learned, tmp_path)
    objects = 0
    for item in Predictor.load(learned, "cpu").predict_raw(paths):
        own = filter_detections(item.raw, SCORE, 0.4)
        apart = difference(own, found[item.path.name], least=SCORE + 0.01)
        small = apart.pixels <= MOST_PIXELS and apart.score <= MOST_SCORE
        assert small, (item.path.name, apart)
        objects += len(own.scores)
    assert objects > 6


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.name not in OTHERWISE
                                  and not kind.name.startswith("heic")],
                         ids=lambda kind: kind.name)
def test_the_example_sees_what_window_and_engine_see(tmp_path: Path, kind: Kind) -> None:
    path = tmp_path / "picture"
    path.write_bytes(kind.data())
    lines = example()
    steps = {"io": io, "pathlib": pathlib, "np": np, "Image": Image, "ImageOps": ImageOps}
    for begin, end in (("def opened", "def letterbox"), ("def upright", "def look")):
        source = lines[lines.index(begin) : lines.index(end)].partition("def starts")[0]
        exec(source, steps)
    image = steps["eight_bits"](path)  # type: ignore[operator]
    seen = np.asarray(steps["upright"](image.convert("RGB"), image))  # type: ignore[operator]
    assert seen.shape == kind.looks.shape
    assert np.abs(seen.astype(int) - kind.looks).max() <= max(kind.near, 1)


def test_the_example_finds_the_same_in_images_that_are_cut(
    learned: RunFolder, images: list[Path], tmp_path: Path
) -> None:
    """The model of whole images is told that its images are tiles: it finds something in both."""
    real_data("bccd")  # a model of discs finds a part of a disc in each piece
    model, card = load_model(learned.best_path, "cpu")
    tiled = replace(card, facts={**card.facts, "tile": 320, "overlap": 120})
    run = RunFolder(shutil.copytree(learned.path, learned.path.with_name("tiled")))
    save_model(run.best_path, model.module.state_dict(), tiled)
    file = tmp_path / "tiled.onnx"
    export_run(run.project, run, file, lambda event: None, score_thresh=SCORE, nms_thresh=0.4)
    some = [*images[:3], *images[-4:]]
    found = by_the_example(file, some, run, tmp_path)
    same = many = 0
    for item in Predictor.load(run, "cpu").predict_raw(some):
        own, other = filter_detections(item.raw, SCORE, 0.4), found[item.path.name]
        for one, two in ((own, other), (other, own)):
            fits = ((one.boxes[:, 2:] - one.boxes[:, :2]) < 100).all(1)  # whole in some tile
            fits &= one.scores > SCORE + 0.02  # one at the threshold may be on either side of it
            many += int(fits.sum())
            same += sum(has_equal(one, row, two) for row in np.flatnonzero(fits))
    assert many > 40 and same > 0.9 * many  # the example keeps some pieces of larger objects


def has_equal(one: Detections, row: int, other: Detections) -> bool:
    return bool(np.any((np.abs(other.boxes - one.boxes[row]).max(1) <= 1)
                       & (np.abs(other.scores - one.scores[row]) <= 0.01)
                       & (other.labels == one.labels[row])))


def test_batches_and_other_sizes(learned: RunFolder, exported: Path) -> None:
    model, card = load_model(learned.best_path, "cpu")
    session = onnxruntime.InferenceSession(exported.read_bytes(),
                                           providers=["CPUExecutionProvider"])
    chance = np.random.default_rng(0)
    for number, width, height in ((1, *card.input_size), (3, 96, 224), (2, 320, 160)):
        pixels = chance.integers(0, 256, (number, 3, height, width), np.uint8)
        boxes, scores = session.run(["boxes", "scores"], {"images": pixels})
        assert boxes.shape[0] == scores.shape[0] == number
        assert boxes.shape[1] == scores.shape[1] and scores.shape[2] == len(card.classes)
        with torch.no_grad():
            own_boxes, own_scores = model.dense(torch.from_numpy(pixels))
        np.testing.assert_allclose(scores, own_scores.numpy(), atol=1e-4)
        np.testing.assert_allclose(boxes, own_boxes.numpy(), atol=1e-2)


def test_all_that_a_reader_needs_is_in_the_file(learned: RunFolder, exported: Path) -> None:
    session = onnxruntime.InferenceSession(exported.read_bytes(),
                                           providers=["CPUExecutionProvider"])
    texts = session.get_modelmeta().custom_metadata_map
    told = {name: json.loads(text) for name, text in texts.items()}
    width, height = learned.config["input_size"]
    assert told["classes"] == learned.config["classes"] and told["run"] == learned.name
    assert told["task"] == "detection" and told["recipe"] == "compact-n"
    assert (told["input"]["width"], told["input"]["height"]) == (width, height)
    assert told["input"]["any_batch"] and told["input"]["size_step"] == 32
    assert told["input"]["dtype"] == "uint8"
    assert told["resize"]["mode"] == "letterbox" and told["resize"]["fill"] == 114
    assert "smallest to the largest" in told["depth"]
    assert told["tiles"] is None and told["normalisation"] == "inside the graph"
    assert (told["score_thresh"], told["nms_thresh"]) == (SCORE, 0.4)
    assert told["workbench_version"] and "belong to whoever trained them" in told["licence"]
    guide = GUIDE.read_text("utf-8")
    assert [name for name in told if f"`{name}`" not in guide] == []
