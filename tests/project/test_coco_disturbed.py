"""What programs, kills and half copies do to a project that keeps COCO loses nobody's labels."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.project.helpers import add_image, box
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.outlines import Polygon
from workbench.formats.coco_entry import read_entry
from workbench.project.manifest import Manifest
from workbench.project.stores.adopt import adopt
from workbench.project.stores.chosen import store_of
from workbench.project.stores.coco import CocoStore
from workbench.project.stores.coco_known import CocoDatabase
from workbench.project.stores.coco_parts import SyncOutcome
from workbench.project.trash import bring_back, put_away


class Project:
    """Images in ``x`` and one COCO file, which scripts and people change."""

    def __init__(self, folder: Path, value: dict[str, Any]) -> None:
        self.folder = folder
        self.file = folder / "labels.json"
        self.save(value)
        adopt(folder)
        self.open()

    def open(self) -> None:
        store = store_of(self.folder, Manifest.load(self.folder))
        assert isinstance(store, CocoStore)
        self.store, self.sync = store, store.sync

    def value(self) -> Any:
        return json.loads(self.file.read_bytes())

    def save(self, value: Any, name: str = "labels.json") -> None:
        (self.folder / name).write_text(json.dumps(value, indent=len(name) % 3), encoding="utf-8")

    def script(self, change: Callable[[Any], object], name: str = "labels.json") -> None:
        value = json.loads((self.folder / name).read_bytes())
        change(value)
        self.save(value, name)

    def edit(self, key: str, change: Callable[[tuple[LabeledObject, ...]],
                                              Iterable[LabeledObject]]) -> None:
        """As the window saves an edit."""
        entry, image = self.sync.entry_path(key), self.folder / key
        if entry.exists():
            file = self.store.read(entry, image)
            objects = tuple(change(file.annotation.objects))
            entry.write_bytes(file.render(Annotation(objects, size=(64, 48))))
        else:
            entry.parent.mkdir(parents=True, exist_ok=True)
            entry.write_bytes(self.store.new(Annotation(tuple(change(())), size=(64, 48)), image))

    def annotations(self, key: str) -> dict[int, Any]:
        """What the COCO file says of an image, by id."""
        value = self.value()
        [number] = [image["id"] for image in value["images"] if image["file_name"] == key]
        return {item["id"]: item for item in value["annotations"] if item["image_id"] == number}

    def same(self) -> None:
        """Every id is there once, every annotation has an image, and both sides say the same."""
        value = self.value()
        for name in ("images", "annotations", "categories"):
            ids = [item["id"] for item in value[name]]
            assert len(set(ids)) == len(ids), (name, ids)
        images = {item["id"]: item["file_name"] for item in value["images"]}
        assert {item["image_id"] for item in value["annotations"]} <= images.keys()
        for number, key in images.items():
            entry = read_entry(self.sync.entry_path(key).read_bytes())
            assert {n: json.loads(text) for n, text in entry.texts} == {
                item["id"]: item for item in value["annotations"] if item["image_id"] == number}


def image(number: int, key: str, **others: Any) -> dict[str, Any]:
    return {"id": number, "file_name": key, "width": 64, "height": 48, **others}


def label(number: int, of: int, category: int = 3, side: int = 5, **others: Any) -> dict[str, Any]:
    return {"id": number, "image_id": of, "category_id": category, "bbox": [1, 1, side, side],
            "area": side * side, "mine": number, **others}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for key in ("x/a.png", "x/b.png", "x/c.png"):
        add_image(tmp_path, key, seed=ord(key[2]))
    return Project(tmp_path, {
        "images": [image(7, "x/a.png", license=3), image(9, "x/b.png", coco_url="u")],
        "annotations": [label(4, 7, 18), label(2, 9)],
        "categories": [{"id": 3, "name": "cat"}, {"id": 18, "name": "dog"}]})


A, B, C = "x/a.png", "x/b.png", "x/c.png"
NEW = box("dog", 2, 2, 9, 9)


@pytest.mark.parametrize("moment", range(8))
@pytest.mark.parametrize("before", [True, False])
def test_an_edit_while_a_changed_file_is_read(project: Project, moment: int, before: bool) -> None:
    """Of a file that a script changed and a person edits meanwhile, both changes are kept."""
    project.script(lambda value: value["annotations"].append(label(5, 9, side=6)))
    if before:
        project.edit(B, lambda objects: [*objects, NEW])
    edited = int(before)
    for at, _ in enumerate(project.sync.run(SyncOutcome(), [B])):
        if at == moment:
            project.edit(B, lambda objects: [*objects, box("cat", 3, 3, 8, 8)])
            edited += 1
    project.sync.run_through([B])
    found = project.annotations(B)
    assert found[2] == label(2, 9) and found[5] == label(5, 9, side=6)
    assert len(found) == 2 + edited
    project.same()


@pytest.mark.parametrize("ours", [True, False])
def test_an_image_that_a_script_renames_while_it_is_edited(project: Project, ours: bool) -> None:
    add_image(project.folder, "x/new.png")
    project.script(lambda value: value["images"][1].update(file_name="x/new.png"))
    project.edit(B, lambda objects: [objects[0].with_label("dog"), NEW])
    project.sync.run_through()
    project.sync.choices[B] = ours
    outcome = project.sync.run_through()
    assert not outcome.problems
    assert [item["mine"] for item in project.annotations("x/new.png").values()] == [2]
    if ours:
        assert [item["category_id"] for item in project.annotations(B).values()] == [18, 18]
    else:
        assert not project.sync.entry_path(B).exists()
    project.same()


def test_a_script_lists_an_image_that_is_labelled_for_the_first_time(project: Project) -> None:
    project.edit(C, lambda _: [NEW])
    project.script(lambda value: value["images"][1].update(file_name=C))
    project.sync.run_through()
    assert sorted(project.annotations(C)) == [2, 5]
    project.same()


def test_image_ids_that_a_script_gives_anew(project: Project) -> None:
    project.edit(B, lambda _: [])
    project.sync.run_through()
    project.script(lambda value: [item.update(id=16 - item["id"]) for item in value["images"]])
    project.script(lambda value: value["annotations"][0].update(image_id=9))
    project.sync.run_through()
    project.edit(B, lambda _: [NEW])
    project.sync.run_through()
    assert [item["image_id"] for item in project.annotations(B).values()] == [7]
    assert [item["mine"] for item in project.annotations(A).values()] == [4]
    project.same()


def test_ids_that_a_script_gives_again(project: Project) -> None:
    """A deleted annotation comes back, and its id, or that of its image, belongs to another."""
    entry = project.sync.entry_path(B)
    before = entry.read_bytes()
    project.edit(B, lambda _: [])
    project.sync.run_through()
    project.script(lambda value: value["annotations"].append(label(2, 7, side=9)))
    project.sync.run_through()
    entry.write_bytes(before)
    assert not project.sync.run_through([B]).problems
    assert sorted(project.annotations(A)) == [2, 4]
    [(number, back)] = project.annotations(B).items()
    assert number > 4 and back["mine"] == 2 and back["image_id"] == 9
    project.same()
    project.edit(C, lambda _: [NEW])  # ids that both give at once
    project.script(lambda value: (value["images"].extend(image(n, f"{n}.png") for n in (10, 11)),
                                  value["annotations"].extend(label(n, 10) for n in range(6, 9))))
    project.sync.run_through()
    for name in ("images", "annotations"):
        ids = [item["id"] for item in project.value()[name]]
        assert len(set(ids)) == len(ids)
    assert [*project.annotations(C)] == [9]


def test_the_trash_keeps_what_a_file_says_of_an_image(project: Project) -> None:
    away = put_away(project.folder, [project.folder / B, project.sync.entry_path(B)])
    project.sync.run_through()
    assert [item["id"] for item in project.value()["images"]] == [7]
    bring_back(project.folder, away)
    project.sync.run_through()
    assert project.value()["images"][1] == image(9, B, coco_url="u")
    assert project.annotations(B) == {2: label(2, 9)}
    away = put_away(project.folder, [project.folder / B, project.sync.entry_path(B)])
    project.script(lambda value: (value["annotations"].append(label(5, 9)),
                                  value["annotations"][1].update(iscrowd=0)))
    for _ in range(2):
        project.sync.run_through()
        assert project.annotations(B) == {2: label(2, 9, iscrowd=0), 5: label(5, 9)}
    bring_back(project.folder, away)
    project.sync.run_through()
    project.same()
    assert len(project.annotations(B)) == 2


def test_a_kill_while_an_image_leaves(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    away = put_away(project.folder, [project.folder / B, project.sync.entry_path(B)])
    with monkeypatch.context() as context, pytest.raises(Killed):
        context.setattr(CocoDatabase, "save", killed)
        project.sync.run_through()
    assert [item["id"] for item in project.value()["images"]] == [7]
    bring_back(project.folder, away)
    project.open()
    project.sync.run_through()
    assert project.annotations(B) == {2: label(2, 9)}
    project.same()


def test_images_that_are_away_are_kept_up_to_date(project: Project) -> None:
    """So that what a person does later is told from what a script did meanwhile."""
    place = project.folder / "x"
    place.rename(project.folder / ".away")
    project.script(lambda value: (value["annotations"][1].update(bbox=[2, 2, 9, 9]),
                                  value["annotations"].append(label(5, 9))))
    project.sync.run_through()
    (project.folder / ".away").rename(place)
    project.edit(B, lambda objects: [*objects, NEW])
    project.sync.run_through()
    found = project.annotations(B)
    assert found[2]["bbox"] == [2, 2, 9, 9] and found[5] == label(5, 9) and len(found) == 3
    project.same()


def test_a_copy_that_is_not_whole_yet_deletes_nothing(project: Project) -> None:
    before = project.file.read_bytes()
    aside = [path.rename(path.with_name(".later")) for path in
             (project.folder / "x", project.sync.labels)]
    project.open()
    project.sync.run_through()
    assert project.file.read_bytes() == before
    aside[0].rename(project.folder / "x")
    project.sync.run_through()
    project.same()


def test_a_kill_between_the_files_of_a_renamed_class(tmp_path: Path) -> None:
    for key in ("a.png", "b.png"):
        add_image(tmp_path, key)
    value = {"images": [image(1, "b.png")], "annotations": [label(1, 1)],
             "categories": [{"id": 3, "name": "cat"}]}
    (tmp_path / "other.json").write_text(json.dumps(value), encoding="utf-8")
    project = Project(tmp_path, {**value, "images": [image(1, "a.png")]})
    project.sync.classes.write_text('names:\n  3: "kitten"\n', encoding="utf-8")
    outcome = SyncOutcome()
    for _ in project.sync.run(outcome):
        if outcome.written:
            break
    project.open()
    assert not project.sync.run_through().problems
    for name in ("labels.json", "other.json"):
        found = json.loads((tmp_path / name).read_bytes())
        assert found["categories"] == [{"id": 3, "name": "kitten"}]


@pytest.mark.parametrize("between", [None, "labels.json", "other.json"])
@pytest.mark.parametrize("back", [True, False])
def test_a_script_moves_images_to_another_file(
        tmp_path: Path, between: str | None, back: bool) -> None:
    """Also where only one of the files is written when it is looked at."""
    for key in (A, B, C):
        add_image(tmp_path, key)
    value = {"images": [image(1, C)], "annotations": [], "categories": [{"id": 3, "name": "cat"}]}
    one = {**value, "images": [image(1, A), image(2, B)], "annotations": [label(1, 2)]}
    files = ("other.json", "labels.json") if back else ("labels.json", "other.json")
    (tmp_path / "other.json").write_text(json.dumps(one if back else value), encoding="utf-8")
    project = Project(tmp_path, value if back else one)
    if between is None:
        project.edit(B, lambda objects: [*objects, box("cat", 2, 2, 9, 9)])
    moves: dict[str, Callable[[Any], object]] = {
        files[0]: lambda data: (data["images"].pop(), data["annotations"].clear()),
        files[1]: lambda data: (data["images"].append(image(2, B)),
                                data["annotations"].append(label(1, 2)))}
    for name in sorted(moves, key=lambda name: name != between):
        project.script(moves[name], name)
        if name == between:
            project.sync.run_through()
    project.sync.run_through()
    entry = read_entry(project.sync.entry_path(B).read_bytes())
    assert entry.file == files[1] and len(entry.texts) == (1 if between else 2)
    found = json.loads((tmp_path / files[1]).read_bytes())
    assert [item["file_name"] for item in found["images"]] == [C, B]


def test_categories_that_a_script_numbers_anew(project: Project) -> None:
    def numbered(value: Any, number: dict[int, int]) -> None:
        for item in value["categories"]:
            item["id"] = number[item["id"]]
        for item in value["annotations"]:
            item["category_id"] = number[item["category_id"]]

    for number in ({3: 1, 18: 2}, {1: 2, 2: 1}):
        project.script(lambda value, number=number: numbered(value, number))
        assert not project.sync.run_through().problems
        project.open()
        [cat] = project.store.read(project.sync.entry_path(B), project.folder / B) \
            .annotation.objects
        assert cat.label == "cat"
        project.same()
    project.edit(A, lambda objects: [*objects, NEW])
    project.script(lambda value: numbered(value, {1: 2, 2: 1}))
    before = project.file.read_bytes()
    [problem] = project.sync.run_through().problems
    assert "numbered" in problem.reason and project.file.read_bytes() == before
    project.script(lambda value: numbered(value, {1: 2, 2: 1}))
    assert not project.sync.run_through().problems
    assert len(project.annotations(A)) == 2
    project.same()


def test_lists_that_are_empty_or_not_there(tmp_path: Path) -> None:
    for key in ("a.png", "sub/a.png"):
        add_image(tmp_path, key)
    project = Project(tmp_path, {"images": [image(1, "other/a.png"), image(2, "sub/a.png")],
                                 "categories": [{"id": 3, "name": "cat"}]})
    project.edit("sub/a.png", lambda _: [box("cat")])
    assert not project.sync.run_through().problems
    assert [*project.annotations("sub/a.png")] == [1]
    project.script(lambda value: value.update(images=[], annotations=[]))
    [problem] = project.sync.run_through().problems
    assert "no images" in problem.reason
    assert project.sync.entry_path("sub/a.png").exists()


def test_a_part_that_is_not_edited_keeps_its_numbers(project: Project) -> None:
    rings = [[1.123456789, 1, 9, 1, 9, 9], [20, 20, 30, 20, 30, 30]]
    project.script(lambda value: value["annotations"][1].update(segmentation=rings))
    project.sync.run_through()
    shape = Polygon((((1.123456789, 1), (9, 1), (9, 9)), ((21, 20), (30, 20), (30, 30))))
    project.edit(B, lambda objects: [objects[0].with_shape(shape)])
    project.sync.run_through()
    assert project.annotations(B)[2]["segmentation"] == [rings[0], [21, *rings[1][1:]]]
    text = project.file.read_text("utf-8")
    project.file.write_text(text.replace('"categories"', '"annotations": [], "categories"'))
    project.edit(B, lambda _: [])
    before = project.file.read_bytes()
    [problem] = project.sync.run_through().problems
    assert "there twice" in problem.reason and project.file.read_bytes() == before


def test_a_damaged_entry_holds_up_nothing_else(project: Project) -> None:
    entry = project.sync.entry_path(B)
    entry.write_bytes(b"{")
    project.script(lambda value: (value["annotations"][0].update(category_id=3),
                                  value["annotations"][1].update(category_id=18)))
    outcome = project.sync.run_through()
    assert [problem.path for problem in outcome.problems] == [str(entry)]
    assert outcome.entries == [A] and entry.read_bytes() == b"{"


def test_what_was_known_is_lost_and_what_the_disk_refuses_is_said_in_sentences(
    project: Project,
) -> None:
    project.sync.known.path.unlink()
    with pytest.raises(WorkbenchError, match="so nothing can be added to it"):
        project.edit(A, lambda objects: (*objects, NEW))
    assert not project.sync.run_through().problems
    project.edit(A, lambda objects: (*objects, NEW))
    assert not project.sync.run_through().problems and len(project.annotations(A)) == 2
    project.same()
    project.sync.labels.rename(project.folder / "elsewhere")
    project.sync.labels.write_bytes(b"")
    [problem] = project.sync.run_through().problems
    assert "labels: " in problem.reason and problem.reason.endswith("your labels are kept.")
    assert "Errno" not in problem.reason


def test_a_category_above_others_is_a_class_where_one_file_uses_it(tmp_path: Path) -> None:
    for key in ("a.png", "b.png"):
        add_image(tmp_path, key)
    value = {"images": [image(1, "b.png")], "annotations": [label(1, 1)], "categories": [
        {"id": 0, "name": "animals", "supercategory": "none"},
        {"id": 3, "name": "cat", "supercategory": "animals"}]}
    (tmp_path / "other.json").write_text(json.dumps(value), encoding="utf-8")
    Project(tmp_path, {**value, "images": [image(1, "a.png")], "annotations": [label(1, 1, 0)]})
    manifest = Manifest.load(tmp_path)
    assert (manifest.classes, manifest.labels["unused"]) == (["animals", "cat"], [])
