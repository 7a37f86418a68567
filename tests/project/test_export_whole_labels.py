"""Labels of whole images go out in formats of others and come back; what is lost is said."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.project.helpers import add_image
from workbench.core.errors import UsageError
from workbench.extension.plugins import register_bundled
from workbench.project.imports.images import import_dataset
from workbench.project.label_export import ExportRequest, LabelExport, export_labels, plan_export
from workbench.tasks.image_classification.dataset import load_images
from workbench.tasks.image_classification.formats.idx import read_idx
from workbench.tasks.image_classification.labels import read_labels

FORMATS = ("folders", "labels-table", "labels-tsv", "idx", "idx-gz", "cifar", "cifar-100")
PLACES = ("train/ant/0", "train/ant/1", "train/big bee/0", "train/big bee/1", "val/ant/2",
          "test/ant/3", "test/big bee/3")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Colour images of 8 × 6 pixels, one of 40 × 40 that is grey, and one that is cut off."""
    register_bundled()
    folder = tmp_path_factory.mktemp("insects")
    for number, place in enumerate(PLACES):
        path = folder / f"{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 6), (200, 30 * number, 50)).save(path)
    Image.new("L", (40, 40), 77).save(folder / "train/ant/0.png")
    return folder


def out_and_in(project: Path, folder: Path, format: str) -> tuple[LabelExport, Path]:
    wishes = ExportRequest(format)
    planned = plan_export(project, wishes)
    done = export_labels(project, wishes, folder / "set")
    assert planned.losses.to_json() == done.losses.to_json()
    import_dataset(folder / "set", folder / "back")
    return done, folder / "back"


@pytest.mark.parametrize("format", FORMATS)
def test_what_goes_out_comes_back(project: Path, tmp_path: Path, format: str) -> None:
    done, back = out_and_in(project, tmp_path, format)
    assert (done.samples, done.labels, done.problems) == (7, 7, [])
    assert Counter(read_labels(back).labels.values()) == {"ant": 4, "big bee": 3}
    data = load_images(back)
    parts = [Counter(item.label for item in data.part(part)) for part in ("train", "val", "test")]
    wanted = [{"ant": 3, "big bee": 2}, {}] if format.startswith("cifar") else [
        {"ant": 2, "big bee": 2}, {"ant": 1}]
    if not format.startswith("cifar"):
        assert parts[:2] == wanted
    assert parts[0] + parts[1] == Counter({"ant": 3, "big bee": 2})
    assert parts[2] == {"ant": 1, "big bee": 1}
    lost = {"idx": {"colour": 6, "size": 7}, "idx-gz": {"colour": 6, "size": 7},
            "cifar": {"val": 1, "size": 7}, "cifar-100": {"val": 1, "size": 7}}
    assert dict(done.losses.samples) == lost.get(format, {})


def test_pixels_of_one_small_size_stay_as_they_are(tmp_path: Path) -> None:
    for digit in ("3", "7"):
        (tmp_path / "digits" / digit).mkdir(parents=True)
        values = np.arange(30, dtype=np.uint8).reshape(6, 5) * int(digit)
        for name in ("a", "b"):
            Image.fromarray(values).save(tmp_path / "digits" / digit / f"{name}.png")
    done = export_labels(tmp_path / "digits", ExportRequest("idx-gz"), tmp_path / "out")
    assert dict(done.losses.samples) == {} and not (tmp_path / "out/classes.txt").exists()
    packed = (tmp_path / "out/all-images-idx3-ubyte.gz").read_bytes()
    assert gzip.decompress(packed)[:4] == b"\0\0\x08\x03"
    assert np.array_equal(read_idx(tmp_path / "out/all-images-idx3-ubyte.gz")[2],
                          np.arange(30).reshape(6, 5) * 7)
    assert read_idx(tmp_path / "out/all-labels-idx1-ubyte.gz").tolist() == [3, 3, 7, 7]


def test_what_cannot_be_written_is_told(project: Path, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        add_image(tmp_path / "pets", f"{name}.png")
    broken = tmp_path / "pets/a.png"
    broken.write_bytes(broken.read_bytes()[:-30])
    (tmp_path / "pets/labels.csv").write_text(
        "file,tags\na.png,cat;night\nb.png,cat;night\nc.png,dog\n", "utf-8")
    done = export_labels(tmp_path / "pets", ExportRequest("idx"), tmp_path / "out")
    assert [Path(item.path).name for item in done.problems] == ["a.png"]
    assert (done.samples, done.labels) == (2, 2)
    assert done.words() == "2 images with 2 labels were written as MNIST (IDX)."
    assert done.losses.samples["single"] == 2
    assert "of 2 images only the first is kept" in " ".join(done.lost())
    assert len(read_idx(tmp_path / "out/all-images-idx3-ubyte")) == 2
    with pytest.raises(UsageError, match="have images copied or linked"):
        export_labels(project, ExportRequest("folders", images="none"), tmp_path / "none")


def test_classes_that_need_another_folder_are_told(tmp_path: Path) -> None:
    names = {"a.png": "A", "b.png": "a", "c.png": "a/b", "d.png": "plain"}
    for name in names:
        add_image(tmp_path / "pets", name)
    (tmp_path / "pets/labels.csv").write_text(
        "".join(["file,label\n", *(f"{key},{label}\n" for key, label in names.items())]), "utf-8")
    done = export_labels(tmp_path / "pets", ExportRequest("folders"), tmp_path / "out")
    folders = sorted(path.parent.name for path in (tmp_path / "out").rglob("*.png"))
    assert folders == ["A", "a-2", "a_b", "plain"]
    assert [(item.path, item.severity) for item in done.problems] == [
        ("a-2", "warning"), ("a_b", "warning")]
    assert "The images of “a” are in the folder “a-2”" in done.problems[0].reason


def test_coco_entries_of_images_name_their_categories(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        add_image(tmp_path / "set", f"{name}.png")
    (tmp_path / "set/labels.json").write_text(json.dumps({
        "images": [{"id": 1, "file_name": "a.png", "category_id": 5},
                   {"id": 2, "file_name": "b.png", "category_ids": [5, 6]},
                   {"id": 3, "file_name": "c.png", "categories": ["dog", "cow"]}],
        "annotations": [],
        "categories": [{"id": 5, "name": "cat"}, {"id": 6, "name": "dog"}]}), "utf-8")
    report = import_dataset(tmp_path / "set", tmp_path / "out")
    assert read_labels(tmp_path / "out").tags() == {
        "images/a.png": ("cat",), "images/b.png": ("cat", "dog"), "images/c.png": ("dog",)}
    assert any("the category 'cow'" in item.reason for item in report.problems)
