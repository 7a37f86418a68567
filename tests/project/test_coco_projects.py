"""A project that keeps COCO labels: edited in place, for those whose scripts read them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faster_coco_eval import COCO

from tests.project.helpers import Owner, add_image, box, labels
from workbench.core.annotation import Annotation
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.outlines import Polygon
from workbench.core.skeletons import Skeleton
from workbench.formats.coco_entry import read_entry
from workbench.formats.voc import new_voc
from workbench.project.datasets.images import load_dataset
from workbench.project.datasets.splits import default_split
from workbench.project.doctor import doctor
from workbench.project.imports.images import import_dataset
from workbench.project.label_export import ExportRequest, export_labels
from workbench.project.manifest import Manifest
from workbench.project.session import Session
from workbench.project.stores import coco_session
from workbench.project.stores.adopt import adopt
from workbench.project.stores.chosen import left_text, store_of
from workbench.project.stores.coco import CocoStore
from workbench.project.trash import put_away

Open = Callable[[Path], Session]
TRAIN = '''{"info": {"year": 2020, "π": "ü"}, "licenses": [ ],
 "images": [{"id":7,"file_name":"a.png","width":64,"height":48,"license":3},
            {"file_name": "b.png", "id": 9, "width": 64, "height": 48}],
 "annotations": [
{"id": 4, "image_id": 7, "category_id": 18, "bbox": [1.50, 2, 10, 1e1], "area":100,
 "mine": {"x": [1]}},
{"id": 2, "image_id": 9, "category_id": 3, "bbox": [1, 2, 3, 4], "area": 12.0, "iscrowd": 0},
{"id": 11, "image_id": 7, "category_id": 3, "bbox": [1,1,29,29], "area": 82,
 "segmentation": [[1,1,9,1,9,9],[20,20,30,20,30,30.0]]}
 ],
 "categories": [{"supercategory": "animal", "id": 3, "name": "cat"},
  {"id": 18, "name": "dog", "supercategory": "animal"}], "extra": [1,
 2]}
'''
VAL = '{"images":[{"id":1,"file_name":"c.png","width":64,"height":48}],"annotations":[],' \
    '"categories":[{"id":3,"name":"cat"},{"id":18,"name":"dog"}]}'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two images to learn from, one to judge by, one that no file lists."""
    monkeypatch.setattr(coco_session, "WAIT", 0.0)
    root = tmp_path / "pets"
    for key in ("train2017/a.png", "train2017/b.png", "val2017/c.png", "val2017/d.png"):
        add_image(root, f"images/{key}", seed=ord(key[-5]))
    (root / "annotations").mkdir()
    (root / "annotations/instances_train2017.json").write_text(TRAIN, encoding="utf-8")
    (root / "annotations/instances_val2017.json").write_text(VAL, encoding="utf-8")
    adopt(root)
    return root


A, B = "images/train2017/a.png", "images/train2017/b.png"
C, D = "images/val2017/c.png", "images/val2017/d.png"


def train(folder: Path) -> str:
    return (folder / "annotations/instances_train2017.json").read_text("utf-8")


def val(folder: Path) -> Any:
    return json.loads((folder / "annotations/instances_val2017.json").read_text("utf-8"))


def test_an_edit_changes_its_annotation_alone(
        folder: Path, owner: Owner, open_ready: Open) -> None:
    session = open_ready(folder)
    owner.finish(session)
    assert train(folder) == TRAIN
    assert session.classes.names == ("cat", "dog")
    assert session.index.class_counts() == {"cat": 2, "dog": 1}
    assert labels(session, A) == ["dog", "cat"] and labels(session, C) == []
    assert session.index.summary(C).labelled and not session.index.summary(D).labelled
    dog, cat = session.document(A).annotation.objects
    assert isinstance(cat.shape, Polygon)
    session.edit(A, (dog.with_label("cow"), cat, box("dog", 0, 0, 32, 24)), "draw")
    session.edit(D, (box("hen", 16, 12, 48, 36),), "draw")
    owner.finish(session)
    drawn = ',\n{"id": 12, "image_id": 7, "category_id": 18, "bbox": [0, 0, 32, 24], ' \
        '"area": 768, "iscrowd": 0, "segmentation": []}\n ],'
    classes = ',\n  {"id": 19, "name": "cow", "supercategory": ""},\n  ' \
        '{"id": 20, "name": "hen", "supercategory": ""}], "extra"'
    assert train(folder) == TRAIN.replace('"category_id": 18', '"category_id": 19') \
        .replace('\n ],', drawn).replace('], "extra"', classes)
    found = val(folder)
    assert found["images"][1] == {"id": 2, "file_name": "d.png", "width": 64, "height": 48}
    assert found["annotations"] == [{"id": 1, "image_id": 2, "category_id": 20, "iscrowd": 0,
                                     "bbox": [16, 12, 32, 24], "area": 768, "segmentation": []}]
    session.undo.undo()
    session.undo.undo()
    owner.finish(session)
    assert train(folder) == TRAIN.replace('], "extra"', classes)
    assert val(folder)["images"] == json.loads(VAL)["images"] and not val(folder)["annotations"]
    session.undo.redo()
    session.undo.redo()
    assert session.close()
    assert val(folder)["annotations"][0]["id"] == 1 and '"id": 12, "image_id": 7' in train(folder)


def test_a_rename_touches_the_categories_and_a_merge_the_annotations(
        folder: Path, owner: Owner, open_ready: Open) -> None:
    session = open_ready(folder)
    assert labels(session, A) == ["dog", "cat"]
    session.rename_class("cat", "kitten")
    owner.finish(session)
    assert train(folder) == TRAIN.replace('"cat"', '"kitten"')
    assert val(folder) == json.loads(VAL.replace('"cat"', '"kitten"'))
    assert labels(session, A) == ["dog", "kitten"] and labels(session, B) == ["kitten"]
    session.rename_class("kitten", "dog")
    owner.until(lambda: session.index.class_counts() == {"dog": 3})
    owner.finish(session)
    merged = TRAIN.replace('"category_id": 3', '"category_id": 18')
    assert train(folder) == merged.replace('"cat"', '"kitten"'), "categories stay"
    for _ in range(2):
        session.undo.undo()
        owner.finish(session)
    owner.until(lambda: session.index.class_counts() == {"cat": 2, "dog": 1})
    owner.finish(session)
    assert train(folder) == TRAIN
    session.remove_class("cat")
    owner.until(lambda: session.index.class_counts() == {"dog": 1})
    assert session.close()
    again = open_ready(folder)
    assert again.classes.names == ("dog",), "a class that was removed stays away"
    assert [item["id"] for item in json.loads(train(folder))["annotations"]] == [4]


def other_program(folder: Path, old: str, new: str) -> None:
    path = folder / "annotations/instances_train2017.json"
    assert old in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")


def test_what_another_program_changed_meanwhile_is_kept(
        folder: Path, owner: Owner, open_ready: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    session = open_ready(folder)
    owner.finish(session)
    dog, cat = session.document(A).annotation.objects
    labels(session, B)
    monkeypatch.setattr(coco_session, "WAIT", 1e9)  # the file changes between edit and writing
    session.edit(A, (dog.with_label("cat"), cat, box("dog", 0, 0, 32, 24)), "draw")
    session.edit(B, (box("dog", 0, 0, 8, 8),), "draw")
    owner.until(lambda: not session.saver.waiting)
    other_program(folder, '"image_id": 9, "category_id": 3,', '"image_id": 9, "category_id": 18,')
    other_program(folder, '30,30.0]]}', '30,30.0]]},\n{"id": 12, "image_id": 9, '
                  '"category_id": 3, "bbox": [5, 5, 9, 9]}')
    monkeypatch.setattr(coco_session, "WAIT", 0.0)
    owner.finish(session)
    found = {item["id"]: item for item in json.loads(train(folder))["annotations"]}
    assert found[4]["category_id"] == 3 and found[4]["bbox"] == [1.5, 2, 10, 10.0]
    assert found[12]["image_id"] == 9, "an id that both gave is theirs"
    assert found[14]["image_id"] == 7 and found[14]["bbox"] == [0, 0, 32, 24]
    assert found[2]["category_id"] == 18, "theirs was not overwritten, B is in conflict"
    [problem] = [item for item in session.problems if item.kind == "labels-conflict"]
    assert "instances_train2017.json" in problem.reason and "b.png" in problem.reason
    session.overwrite(B)
    owner.finish(session)
    found = {item["id"]: item for item in json.loads(train(folder))["annotations"]}
    assert 2 not in found and not session.problems
    assert labels(session, B) == ["dog", "cat"] or labels(session, B) == ["dog"]


@pytest.mark.parametrize("ours", [True, False])
def test_a_person_chooses_where_both_changed_the_same(
        folder: Path, owner: Owner, open_session: Open, open_ready: Open, ours: bool) -> None:
    session = open_ready(folder)
    owner.finish(session)
    heard: list[str] = []
    session.conflict.connect(lambda key, _error: heard.append(key))
    [cat] = session.document(B).annotation.objects
    other_program(folder, "[1, 2, 3, 4]", "[5, 5, 5, 5]")
    session.edit(B, (cat.with_box((0.0, 0.0, 8.0, 8.0)),), "move")
    owner.until(lambda: heard == [B])
    assert "[5, 5, 5, 5]" in train(folder)
    session.edit(B, (cat.with_box((0.0, 0.0, 9.0, 9.0)),), "move")
    owner.until(lambda: heard == [B, B])
    session.undo.undo()
    session.close()
    session = open_session(folder)
    session.conflict.connect(lambda key, _error: heard.append(key))
    owner.ready(session)
    owner.until(lambda: heard == [B, B, B])
    assert session.document(B).annotation.objects[0].box == (0, 0, 8, 8)
    (session.overwrite if ours else session.reload)(B)
    owner.until(lambda: session.document(B).annotation.objects[0].box
                == ((0, 0, 8, 8) if ours else (5, 5, 10, 10)))
    owner.finish(session)
    assert ("[0, 0, 8, 8]" if ours else "[5, 5, 5, 5]") in train(folder)
    assert not session.problems


def test_a_damaged_file_is_never_written(folder: Path, owner: Owner, open_ready: Open) -> None:
    session = open_ready(folder)
    owner.finish(session)
    [cat] = session.document(B).annotation.objects
    path = folder / "annotations/instances_train2017.json"
    path.write_text(TRAIN[:300], encoding="utf-8")
    session.edit(B, (cat.with_label("dog"),), "change")
    owner.until(lambda: any(item.path == str(path) for item in session.problems))
    [problem] = session.problems
    assert "cut off" in problem.reason and problem.reason.endswith("your labels are kept.")
    assert session.close()
    assert train(folder) == TRAIN[:300]
    again = open_ready(folder)
    assert labels(again, B) == ["dog"]
    path.write_text(TRAIN, encoding="utf-8")
    again.index.refresh()
    owner.until(lambda: '9, "category_id": 18' in train(folder))
    owner.finish(again)
    assert not again.problems


def test_images_that_are_away_for_a_while_change_nothing(folder: Path) -> None:
    store = store_of(folder, Manifest.load(folder))
    assert isinstance(store, CocoStore)
    path, entry = folder / B, store.sync.entry_path(B)
    file = store.read(entry, path)
    (folder / "images").rename(folder / ".away")
    entry.write_bytes(file.render(replace(file.annotation, objects=(box("dog"),))))
    other_program(folder, '"area":100', '"area":101')
    assert not store.sync.run_through().problems
    assert read_entry(entry.read_bytes()).texts[0][0] == 12
    (folder / ".away").rename(folder / "images")
    other_program(folder, '"area":101', '"area":102')
    store.sync.run_through()
    assert [item["id"] for item in json.loads(train(folder))["annotations"]] == [4, 11, 12]
    entry.unlink()
    store.sync.run_through()
    assert read_entry(entry.read_bytes()).texts[0][0] == 12, "an entry that was lost comes back"
    put_away(folder, [path, entry])
    store.sync.run_through()
    found = json.loads(train(folder))
    assert [item["id"] for item in found["images"]] == [7], "an image in the trash leaves"
    assert [item["id"] for item in found["annotations"]] == [4, 11]


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.project.helpers import Owner, box
from workbench.project.session import Session
from workbench.project.stores import coco_known, coco_session
coco_session.WAIT = 0.0
owner = Owner()
session = Session.open(Path(sys.argv[1]), post=owner.post)
owner.ready(session)
owner.until(lambda: session.coco_files.settled)
def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)
coco_session.WAIT = 1e9 if sys.argv[2] == "entry" else 0.0
if sys.argv[2] == "known":
    coco_known.CocoDatabase.save = killed
key = "images/train2017/b.png"
session.edit(key, (*session.document(key).annotation.objects, box("hen", 0, 0, 8, 8)), "draw")
if sys.argv[2] == "entry":
    owner.until(lambda: not session.saver.waiting)
    killed()
owner.until(lambda: False)
"""


@pytest.mark.parametrize("moment", ["entry", "known"])
def test_a_kill_loses_nothing(
        folder: Path, owner: Owner, open_ready: Open, moment: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), moment], check=False)
    assert done.returncode == -9
    assert ("hen" in train(folder)) == (moment == "known")
    session = open_ready(folder)
    owner.finish(session)
    found = json.loads(train(folder))
    assert [item["id"] for item in found["annotations"]] == [4, 2, 11, 12]
    assert [item["name"] for item in found["categories"]] == ["cat", "dog", "hen"]
    assert labels(session, B) == ["cat", "hen"] and not session.problems


def test_everything_else_reads_it(folder: Path, tmp_path: Path) -> None:
    split = default_split(folder)
    assert (split.train, split.val) == ([A, B], [C])
    data = load_dataset(folder)
    assert data.classes == ["cat", "dog"] and data.unlabelled == [D]
    assert [len(record.objects) for record in data.train] == [2, 1]
    assert {item.kind for item in doctor(folder)} == {"class-in-one-file"}
    export_labels(folder, ExportRequest("yolo"), tmp_path / "out")
    other_program(folder, '"image_id": 9, "category_id": 3,', '"image_id": 9, "category_id": 18,')
    assert load_dataset(folder).train[1].objects[0].label == "dog", "also without a window"
    manifest = Manifest.load(folder)
    assert manifest.outside(folder) == []
    manifest.labels["files"] = ["../elsewhere/instances.json"]
    assert manifest.outside(folder) == ["../elsewhere"]


def test_what_is_imported_becomes_annotations(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for name in ("x", "y"):
        add_image(other, f"{name}.png", seed=ord(name))
    items = (box("dog", 0, 0, 32, 24), box("cow", 16, 12, 48, 36).with_attribute("difficult", True))
    (other / "x.xml").write_bytes(new_voc(Annotation(items, size=(64, 48)),
                                          image_path=other / "x.png"))
    report = import_dataset(other, folder)
    assert (report.images, report.annotations, report.problems) == (2, 1, [])
    found = COCO(str(folder / "annotations/instances_train2017.json"))
    [number] = [item["id"] for item in found.dataset["images"] if item["file_name"] == "x.png"]
    dog, cow = found.loadAnns(found.getAnnIds(imgIds=[number]))
    assert found.loadCats([dog["category_id"], cow["category_id"]])[1]["name"] == "cow"
    assert dog["bbox"] == [0, 0, 32, 24] and cow["attributes"] == {"difficult": True}
    assert (folder / "images/train2017/y.png").is_file() and not (folder / "splits").exists()


def test_what_cannot_be_worked_in(tmp_path: Path) -> None:
    add_image(tmp_path, "a.png")
    path = tmp_path / "labels.json"
    good = {"images": [{"id": 1, "file_name": "a.png"}], "categories": [{"id": 1, "name": "cat"}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}]}
    for key, value, words in (
            ("annotations", good["annotations"] * 2, "two of its annotations have the id 1"),
            ("annotations", [{"id": 1, "image_id": 1, "category_id": 1}], "images as a whole"),
            ("categories", [{"id": 1, "name": "a"}, {"id": 2, "name": "a"}], "two categories"),
            ("categories", [{"id": 1_000_000, "name": "a"}], "the most that can be worked with"),
            ("images", [{"id": 1, "file_name": "b.png"}], "none of its images are here")):
        path.write_text(json.dumps({**good, key: value}))
        with pytest.raises(WorkbenchError, match=words):
            adopt(tmp_path, "coco")
        assert not (tmp_path / "workbench.toml").exists()
    path.write_text(json.dumps(good))
    (tmp_path / "captions.json").write_text(json.dumps(
        {"images": good["images"], "annotations": [{"id": 1, "image_id": 1, "caption": "A cat."}]}))
    (tmp_path / "person_keypoints.json").write_text(json.dumps(good))
    kept = adopt(tmp_path).labels
    assert (kept["files"], kept["left"]) == (
        ["labels.json"], ["captions.json", "person_keypoints.json"])
    assert left_text(Manifest.load(tmp_path)) == (
        "Not shown: captions.json, person_keypoints.json. An import takes their objects along.")
    store = store_of(tmp_path, Manifest.load(tmp_path))
    [item] = store.read(tmp_path / ".workbench/coco/labels/a.png.json",
                        tmp_path / "a.png").annotation.objects
    outline = Polygon((((0, 0), (9, 0), (9, 9)), ((5, 2), (7, 2), (7, 4))))
    with pytest.raises(UsageError, match="COCO has no place for holes of a polygon"):
        store.fitted(item.with_shape(outline), item)
    assert not store.verifies and store.takes("rotated box") and not store.takes("region")


def test_names_and_lines_of_key_points_are_kept(tmp_path: Path) -> None:
    """Also without an import, or left and right would be mixed up where pictures are mirrored."""
    add_image(tmp_path, "a.png")
    (tmp_path / "a.json").write_text(json.dumps({
        "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 20],
                         "area": 600, "iscrowd": 0, "num_keypoints": 2,
                         "keypoints": [2, 3, 2, 9, 9, 2, 0, 0, 0]}],
        "categories": [{"id": 1, "name": "fish", "keypoints": ["nose", "left fin", "right fin"],
                        "skeleton": [[1, 2], [1, 3]]}, {"id": 2, "name": "stone"}],
    }), encoding="utf-8")
    adopt(tmp_path)
    fish = Skeleton(("nose", "left fin", "right fin"), ((0, 1), (0, 2)))
    assert Manifest.load(tmp_path).skeletons == {"fish": fish}


def test_an_object_without_area_is_shown_so_that_it_can_be_mended(
        folder: Path, owner: Owner, open_ready: Open) -> None:
    session = open_ready(folder)
    line = Polygon(((((20.0, 20.0), (30.0, 30.0), (20.0, 20.0))),))
    before = session.document(D).annotation.objects
    session.images.edit(D, (*before, box("cat"), box("dog").with_shape(line)), "draw")
    owner.finish(session)
    session.close(60)
    again = open_ready(folder)
    document = again.document(D)
    assert [item.label for item in document.annotation.objects] == ["cat", "dog"]
    assert [item.kind for item in document.problems] == ["zero-size-box"]
    again.images.edit(D, document.annotation.objects[:1], "delete")
    owner.finish(again)
    assert len(val(folder)["annotations"]) == 1
