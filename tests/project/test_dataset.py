"""What a training reads of a project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import shared_data
from tests.project.helpers import add_image, labelled
from workbench.core.annotation import LabeledObject
from workbench.core.arrays import Rgb
from workbench.core.errors import UsageError
from workbench.core.outlines import RotatedBox
from workbench.core.shapes import Box
from workbench.media.images import pixels
from workbench.project.datasets.images import cut_to, load_dataset
from workbench.project.datasets.labelled import find_labelled
from workbench.project.datasets.splits import Split, make_split


def everything(folder: Path) -> Split:
    return make_split(find_labelled(folder), ratios=(1.0, 0.0, 0.0))


def test_classes_are_in_the_manifests_order_then_in_natural_order(tmp_path: Path) -> None:
    labelled(tmp_path, "a.png", ["zebra", "ant"])
    labelled(tmp_path, "b.png", ["cat"])
    (tmp_path / "workbench.toml").write_text('classes = ["cat", "unused"]')
    dataset = load_dataset(tmp_path)
    assert dataset.classes == ["cat", "unused", "ant", "zebra"]


def test_unlabelled_images_are_left_and_background_is_taken(tmp_path: Path) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    labelled(tmp_path, "b.png", [])
    add_image(tmp_path, "c.png")
    dataset = load_dataset(tmp_path, everything(tmp_path))
    assert [(record.key, len(record.objects)) for record in dataset.train] == [
        ("a.png", 1), ("b.png", 0)]
    assert dataset.unlabelled == ["c.png"] and not dataset.problems
    assert dataset.train[0].size == (64, 48) and dataset.train[0].path == tmp_path / "a.png"


def test_what_cannot_be_read_is_left_out_and_told(tmp_path: Path) -> None:
    for name in "abcd":
        labelled(tmp_path, f"{name}.png", ["cat"])
    (tmp_path / "b.xml").write_bytes(b"<annotation>")
    (tmp_path / "c.png").write_bytes(b"\x89PNG\r\n")
    seen: list[tuple[int, int]] = []
    dataset = load_dataset(tmp_path, everything(tmp_path),
                           progress=lambda done, total: seen.append((done, total)))
    assert [record.key for record in dataset.train] == ["a.png", "d.png"]
    assert {(Path(p.path).name, p.kind) for p in dataset.problems} == {
        ("b.xml", "unreadable-annotation"), ("c.png", "unreadable-image")}
    assert all("left out" in problem.reason for problem in dataset.problems)
    assert seen[-1] == (4, 4)


def test_boxes_are_cut_to_the_image(tmp_path: Path) -> None:
    def cut(*box: float) -> tuple[float, ...] | None:
        item = cut_to(LabeledObject("cat", Box(box[0], box[1], box[2], box[3])), (64, 48))
        return None if item is None else item.box

    assert cut(1, 2, 3, 4) == (1, 2, 3, 4)
    assert cut(-5, -5, 100, 100) == (0, 0, 64, 48)
    assert cut(30, 40, 10, 20) == (10, 20, 30, 40)
    assert cut(5, 5, 5, 9) is None and cut(70, 5, 80, 9) is None
    turned = cut_to(LabeledObject("cat", RotatedBox((5.0, 40.0), 20.0, 20.0, 0.0)), (64, 48))
    assert turned is not None and turned.box == (0, 30, 15, 48)
    path = labelled(tmp_path, "a.png", ["cat", "cat"])
    text = path.read_text().replace("<xmax>30<", "<xmax>1<", 1)
    path.write_text(text)
    dataset = load_dataset(tmp_path)
    assert len(dataset.train[0].objects) == 1
    assert [problem.kind for problem in dataset.problems] == ["box-without-area"]


def test_another_size_in_the_file_is_told(tmp_path: Path) -> None:
    path = labelled(tmp_path, "a.png", ["cat"])
    path.write_text(path.read_text().replace("<width>64<", "<width>640<"))
    (problem,) = load_dataset(tmp_path).problems
    assert problem.kind == "size-differs" and "640 × 48" in problem.reason


def test_one_based_projects_are_converted(tmp_path: Path) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    as_is = load_dataset(tmp_path).train[0].objects[0].box
    (tmp_path / "workbench.toml").write_text('voc_convention = "voc-1-based"')
    one_based = load_dataset(tmp_path).train[0].objects[0].box
    assert one_based == (as_is[0] - 1, as_is[1] - 1, as_is[2], as_is[3])


def test_a_part_is_asked_for_by_name(tmp_path: Path) -> None:
    for name in "abcd":
        labelled(tmp_path, f"{name}.png", ["cat"])
    dataset = load_dataset(tmp_path)
    assert len(dataset.part("train")) == 2 and dataset.part("val") == dataset.val
    with pytest.raises(UsageError, match="no split “all”"):
        dataset.part("all")
    with pytest.raises(UsageError):
        load_dataset(tmp_path, "other")
    with pytest.raises(UsageError):
        load_dataset(tmp_path / "nowhere")


def test_real_data_is_read_whole() -> None:
    bccd = load_dataset(shared_data("bccd"))
    assert bccd.classes == ["Platelets", "RBC", "WBC"]
    assert (len(bccd.train), len(bccd.val), len(bccd.test)) == (205, 87, 0)
    assert all(problem.kind == "box-without-area" for problem in bccd.problems)
    assert len(bccd.problems) == 2
    kangaroo = load_dataset(shared_data("kangaroo"))
    assert sum(map(len, (kangaroo.train, kangaroo.val, kangaroo.test))) == 164
    assert [(item.kind, Path(item.path).name) for item in kangaroo.problems] == [
        ("truncated-image", "00090.jpg")]


@pytest.mark.parametrize("whole", [False, True])
def test_of_many_pictures_without_an_end_a_few_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    decoded: list[Path] = []
    decode = pixels.upright_rgb

    def counted(path: Path) -> Rgb:
        decoded.append(path)
        return decode(path)

    monkeypatch.setattr(pixels, "upright_rgb", counted)
    for number in range(50):
        labelled(tmp_path, f"{number}.png", ["cat"])
        data = (tmp_path / f"{number}.png").read_bytes()
        (tmp_path / f"{number}.png").write_bytes(data[: -12 if whole else -30])
    told: list[int] = []
    problems = load_dataset(tmp_path, progress=lambda done, of: told.append(done)).problems
    assert 0 < len(decoded) < 50, "the rest is as these are"
    assert sum(item.kind == "truncated-image" for item in problems) == (0 if whole else 50)
    assert told.count(50) > 50, "it can be cancelled there, too"


def test_the_project_room_needs_no_numpy_and_no_qt() -> None:
    code = (
        "import sys, pkgutil, importlib, workbench.project as room\n"
        "later = {'agreement', 'class_results', 'disagreements', 'drawn_video', 'judged_points',\n"
        "         'label_next', 'sample_places'}  # imported late\n"
        "for module in pkgutil.iter_modules(room.__path__):\n"
        "    if module.name not in later:\n"
        "        importlib.import_module('workbench.project.' + module.name)\n"
        "print([m for m in ('numpy', 'PySide6', 'torch', 'soundfile') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                            timeout=60, check=True)
    assert result.stdout.strip() == "[]"
