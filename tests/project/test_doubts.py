"""What is doubtful in labels is counted and said before training, with the files to look at."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.helpers import Owner, add_image, add_labels, labelled
from tests.support.tiny_project import make_project
from workbench.cli import main
from workbench.core.errors import WorkbenchError
from workbench.project.datasets.images import load_dataset
from workbench.project.datasets.label_issues import LabelIssue, find_label_issues
from workbench.project.datasets.splits import Split, save_split
from workbench.project.doctor import doctor
from workbench.project.imports.images import import_dataset
from workbench.project.session import Session
from workbench.tasks.detection.engine.advice import check_enough, data_warnings

ROTATED = ("<object><type>robndbox</type><name>ship</name><robndbox><cx>9</cx><cy>9</cy><w>4</w>"
           "<h>2</h><angle>?</angle></robndbox></object></annotation>")


def doubts(folder: Path) -> dict[str, LabelIssue]:
    found = {doubt.kind: doubt for doubt in find_label_issues(load_dataset(folder))}
    words = data_warnings(load_dataset(folder))
    assert all(doubt.words in words for doubt in found.values()), "training says each of them"
    return found


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_boxes_made_before_the_picture_was_turned(tmp_path: Path) -> None:
    from PIL import Image

    for number, orientation in enumerate((1, 6, 8)):
        exif = Image.Exif()
        exif[0x0112] = orientation
        Image.effect_noise((64, 48), 50).convert("RGB").save(tmp_path / f"{number}.jpg", exif=exif)
        add_labels(tmp_path, f"{number}.jpg", ["cat"])
    found = doubts(tmp_path)["boxes-unturned"]
    assert found.words.startswith("the boxes of 2 images were made on the pictures before they")
    assert [Path(name).name for name in found.files] == ["1.xml", "2.xml"]
    kinds = {Path(item.path).name for item in doctor(tmp_path) if item.kind == "boxes-unturned"}
    assert kinds == {"1.xml", "2.xml"}
    report = import_dataset(tmp_path, tmp_path / "p")
    assert any("before they were turned" in note for note in report.notes)


def test_rotated_swapped_and_flat_boxes(tmp_path: Path) -> None:
    for name in "abcd":
        labelled(tmp_path, f"{name}.png", ["cat"])
    change(tmp_path / "a.xml", "</annotation>", ROTATED)
    change(tmp_path / "b.xml", "<xmin>1<", "<xmin>50<")
    change(tmp_path / "c.xml", "<xmin>1<", "<xmin>30<")
    found = doubts(tmp_path)
    assert found["rotated-box"].words == (
        "1 object in 1 image has a rotated box that cannot be read: what it shows is learned as "
        "background (a.xml)")
    assert found["swapped-box"].words.startswith("1 box in 1 image has its corners swapped")
    assert found["box-without-area"].words.startswith("1 image has boxes without area")


def test_outlines_that_do_not_fit_their_boxes(tmp_path: Path) -> None:
    far, cut = (f"<polygon><x1>1</x1><y1>1</y1><x2>{x}</x2><y2>2</y2><x3>2</x3><y3>9</y3>"
                "</polygon></object>" for x in ("30", "?"))
    for name, outline in (("a", far), ("b", cut), ("c", "</object>")):
        change(labelled(tmp_path, f"{name}.png", ["cat"]), "</object>", outline)
    found = doubts(tmp_path)
    assert found["outline-differs"].words == (
        "1 object in 1 image has an outline that does not fit its box: the outline is used (a.xml)")
    assert found["unclear-outline"].words == (
        "1 object in 1 image has an outline that cannot be read: its box is used (b.xml)")
    sizes = {record.key: record.objects[0].box for record in load_dataset(tmp_path).train}
    assert sizes.get("a.png", (1, 1, 30, 9)) == (1, 1, 30, 9)


def test_objects_without_name_or_box(tmp_path: Path) -> None:
    for name in "abc":
        labelled(tmp_path, f"{name}.png", ["cat"])
    change(tmp_path / "a.xml", "<name>cat<", "<name><")
    words = "{} in {} no name or no box and {} not read: what {} learned as background ({})"
    assert doubts(tmp_path)["incomplete-object"].words == words.format(
        "1 object", "1 image has", "is", "it shows is", "a.xml")
    change(tmp_path / "b.xml", "<name>cat<", "<name><")
    assert doubts(tmp_path)["incomplete-object"].words == words.format(
        "2 objects", "2 images have", "are", "they show is", "a.xml, b.xml")
    change(tmp_path / "c.xml", "<name>cat<", "<name><")
    with pytest.raises(WorkbenchError, match="any of the 3 labelled images: 3 objects in 3 images"):
        check_enough(load_dataset(tmp_path))


def test_only_boxes_that_cannot_be_used_are_no_reason_to_draw_some(tmp_path: Path) -> None:
    for name in "abcde":
        change(labelled(tmp_path, f"{name}.png", ["cat"]), "<xmin>1<", "<xmin>30<")
    with pytest.raises(WorkbenchError, match="no box that can be used on any of the 5 labelled "
                       "images: 5 images have boxes without area"):
        check_enough(load_dataset(tmp_path))


def test_what_the_split_lists_and_what_its_parts_lack(tmp_path: Path) -> None:
    for name, classes in (("a", ["cat", "dog"]), ("b", ["cat"]), ("c", []), ("d", [])):
        labelled(tmp_path, f"{name}.png", classes)
    add_image(tmp_path, "bare.png")
    save_split(tmp_path, Split(train=["a.png", "gone.png"], val=["b.png", "bare.png"],
                               test=["c.png", "d.png"], origin="test"))
    assert {kind: doubt.words for kind, doubt in doubts(tmp_path).items()} == {
        "listed-image-gone": "1 image that the split lists is gone (gone.png)",
        "listed-image-unlabelled": "1 image that the split lists has no annotation (bare.png)",
        "part-without-objects":
            "none of the 2 test images has an object, so test scores say nothing",
        "class-not-in-part":
            "no validation example of dog: validation scores say nothing about it"}


def test_good_labels_raise_no_doubt(tmp_path: Path) -> None:
    assert doubts(make_project(tmp_path / "p")) == {}


def test_the_check_in_the_shell_says_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make_project(tmp_path / "p")
    change(project / "annotations" / "000.xml", "</annotation>", ROTATED)
    command = ["train", str(project), "--check", "--epochs", "1", "--device", "cpu",
               "--recipe", "compact-n"]
    assert main(command) == 0
    assert "1 object in 1 image has a rotated box that cannot be read" in capsys.readouterr().out
    assert main([*command, "--json"]) == 0
    (done,) = [event for line in capsys.readouterr().out.splitlines()
               if (event := json.loads(line))["event"] == "preflight"]
    assert [(words[:8], Path(path).name) for words, path in done["look"].items()] == [
        ("1 object", "000.xml")]


def test_swapped_corners_are_drawn_as_training_uses_them(
    tmp_path: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    path = labelled(tmp_path, "a.png", ["cat", "dog"])
    change(path, "<xmin>1<", "<xmin>50<")
    before = path.read_bytes()
    session = open_session(tmp_path)
    cat, dog = session.document("a.png").annotation.objects
    assert cat.box == (30.0, 2.0, 50.0, 40.0) == load_dataset(tmp_path).train[0].objects[0].box
    session.edit("a.png", (cat, dog.with_label("wolf")), "Rename")
    owner.settled(session)
    assert path.read_bytes() == before.replace(b"dog", b"wolf"), "the corners stay as they were"
    cat, dog = session.document("a.png").annotation.objects
    session.edit("a.png", (cat.with_box((30.0, 2.0, 55.0, 40.0)), dog), "Resize")
    owner.settled(session)
    assert b"<xmin>30</xmin>" in path.read_bytes() and b"<xmax>55</xmax>" in path.read_bytes()
