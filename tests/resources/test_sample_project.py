"""The sample project is a project like any other, and the same every time."""

from __future__ import annotations

import importlib.util
import json
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image, ImageStat

from workbench.core.errors import WorkbenchError
from workbench.formats.voc import read_voc
from workbench.project.datasets.splits import default_split
from workbench.project.manifest import Manifest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def sample_project() -> ModuleType:
    path = ROOT / "resources" / "sample_project.py"
    spec = importlib.util.spec_from_file_location("sample_project", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made(sample_project: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("sample") / "pond"
    sample_project.make_sample(folder)
    return folder


def test_is_a_project_with_pictures_boxes_and_some_left_to_do(made: Path) -> None:
    pictures = sorted((made / "images").glob("*.jpg"))
    annotations = sorted((made / "annotations").glob("*.xml"))
    assert len(pictures) == 48
    assert 0 < len(pictures) - len(annotations) <= 6
    assert Manifest.load(made).classes == ["Diatom", "Paramecium", "Volvox"]


def test_boxes_lie_on_the_picture_and_every_kind_is_there_often(made: Path) -> None:
    counts: Counter[str] = Counter()
    cut = 0
    for path in sorted((made / "annotations").glob("*.xml")):
        document = read_voc(path)
        assert not document.problems
        with Image.open(made / "images" / f"{path.stem}.jpg") as picture:
            assert picture.size == document.annotation.size
        for item in document.annotation.objects:
            xmin, ymin, xmax, ymax = item.box
            assert 0 <= xmin < xmax <= 640 and 0 <= ymin < ymax <= 480
            assert min(item.width, item.height) >= 8
            cut += item.truncated
        counts += document.annotation.counts()
    assert min(counts.values()) > 40
    assert cut > 5


def test_not_all_of_it_is_easy(made: Path) -> None:
    """A model that finds everything leaves nothing to look at in Results."""
    small = faint = 0
    for path in sorted((made / "annotations").glob("*.xml")):
        with Image.open(made / "images" / f"{path.stem}.jpg") as picture:
            gray = picture.convert("L")
        for item in read_voc(path).annotation.objects:
            x0, y0, x1, y1 = (int(value) for value in item.box)
            small += max(item.width, item.height) < 45
            faint += ImageStat.Stat(gray.crop((x0, y0, x1, y1))).stddev[0] < 15
    assert small >= 8 and faint >= 12


def test_what_looks_alike_is_drawn_and_not_labelled(
    sample_project: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sample_project.make_sample(tmp_path / "with", images=12)
    monkeypatch.setattr(sample_project, "ALIKE", 0.0)
    sample_project.make_sample(tmp_path / "without", images=12)

    def read(name: str, pattern: str) -> list[bytes]:
        return [path.read_bytes() for path in sorted((tmp_path / name).glob(pattern))]

    assert read("with", "images/*") != read("without", "images/*")
    objects = [[b"".join(data.split(b"<object>")[1:]) for data in read(name, "annotations/*")]
               for name in ("with", "without")]
    assert objects[0] == objects[1]


def test_files_are_laid_out_as_labelimg_does(made: Path) -> None:
    root = ElementTree.parse(made / "annotations" / "pond-01.xml").getroot()
    assert [child.tag for child in root][:6] == [
        "folder", "filename", "path", "source", "size", "segmented"
    ]
    assert [child.tag for child in root.findall("object")[0]] == [
        "name", "pose", "truncated", "difficult", "bndbox"
    ]


def test_split_names_labelled_images_once(made: Path) -> None:
    data = json.loads((made / "splits" / "default.json").read_text("utf-8"))
    members = [*data["train"], *data["val"], *data["test"]]
    assert len(members) == len(set(members)) == len(list((made / "annotations").glob("*.xml")))
    assert all((made / member).is_file() for member in members)
    assert default_split(made).counts() == {"train": 30, "val": 7, "test": 7}


def test_one_seed_gives_one_project(sample_project: ModuleType, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        sample_project.make_sample(tmp_path / name / "p", images=12, seed=seed)

    def content(name: str) -> dict[str, bytes]:
        folder = tmp_path / name / "p"
        return {path.name: path.read_bytes() for path in folder.glob("images/*")}

    assert content("a") == content("b") != content("c")


def test_what_is_there_is_left_alone(sample_project: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(WorkbenchError, match="Nothing was changed"):
        sample_project.make_sample(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_place_that_cannot_be_written_is_told(
    sample_project: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkbenchError, match="cannot be written"):
        sample_project.make_sample(tmp_path / "file" / "pond")
