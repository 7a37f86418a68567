"""Random COCO files and random edits of two sides: all else stays as it is, to the last byte."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.project.helpers import add_image, box
from workbench.core.annotation import Annotation
from workbench.formats.coco_edit import LISTS
from workbench.formats.coco_entry import read_entry
from workbench.formats.json_stream import pieces
from workbench.project.manifest import Manifest
from workbench.project.stores.adopt import adopt
from workbench.project.stores.chosen import store_of
from workbench.project.stores.coco import CocoStore


def random_coco(dice: random.Random) -> tuple[str, dict[str, Any]]:
    """A file with things that nobody knows, spelled in some way."""
    def odd() -> Any:
        return dice.choice([None, 1.50, "é", [1, {"a": []}], {"x": True}, 1e300, ""])

    def shuffled(value: dict[str, Any]) -> dict[str, Any]:
        value = {**value, **{f"own{n}": odd() for n in range(dice.randrange(3))}}
        return dict(dice.sample(list(value.items()), len(value)))

    shapes: list[Callable[[], dict[str, Any]]] = [
        lambda: {"bbox": [dice.random() * 20, 3.25, 8, 1 + dice.random()]},
        lambda: {"bbox": [1, 1, 5, 5], "segmentation": [[1, 1, 6, 1, 6, 6], [7, 7, 9.5, 7, 9, 9]]},
        lambda: {"segmentation": {"size": [48, 64], "counts": [dice.randrange(900), 5, 2167]}},
        lambda: {"bbox": [0, 0, 9, 9], "keypoints": [1, 2, 2, 0, 0, 0, 5.5, 6, 1]},
        lambda: {"bbox": "no"}, dict]
    annotations = [shuffled({"id": number, "image_id": dice.choice([5, 9, 2, 77]), "iscrowd": 0,
                             "category_id": dice.choice([1, 4, 8]),
                             "attributes": {"occluded": dice.choice([True, False])},
                             **dice.choice(shapes)()})
                   for number in dice.sample(range(1, 99), dice.randrange(1, 12))]
    annotations.append({"id": 100, "image_id": 2, "category_id": 4, "bbox": [1, 1, 4, 4]})
    value = shuffled({
        "images": [shuffled({"id": number, "file_name": f"{number}.png", "width": 64, "height": 48})
                   for number in (5, 9, 2, 77)],
        "annotations": annotations,
        "categories": [shuffled({"id": 4, "name": "cat"}), shuffled({"id": 1, "name": "dög"})]})
    style: dict[str, Any] = dice.choice([{}, {"indent": 2}, {"separators": (",", ":")},
                                         {"indent": "\t", "ensure_ascii": False}])
    return json.dumps(value, **style), value


@pytest.mark.parametrize("seed", range(8))
def test_what_was_not_edited_is_the_same_to_the_last_byte(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    text, before = random_coco(dice)
    for number in (5, 9, 2, 1):
        add_image(tmp_path, f"{number}.png")
    path = tmp_path / "_annotations.coco.json"
    path.write_text(text, encoding="utf-8")
    adopt(tmp_path)
    store = store_of(tmp_path, Manifest.load(tmp_path))
    assert isinstance(store, CocoStore)
    assert not store.sync.run_through().written and path.read_text("utf-8") == text
    number = dice.choice([5, 9, 2])
    image, entry = tmp_path / f"{number}.png", store.sync.entry_path(f"{number}.png")
    original = entry.read_bytes()
    file = store.read(entry, image)
    objects = list(file.annotation.objects)
    assert file.render(replace(file.annotation, objects=tuple(objects))) == original
    gone = objects.pop(dice.randrange(len(objects))) if objects and dice.random() < 0.5 else None
    moved = dice.randrange(len(objects)) if objects and dice.random() < 0.7 else None
    if moved is not None:
        objects[moved] = objects[moved].with_label("dög") if dice.random() < 0.5 else replace(
            objects[moved], shape=objects[moved].shape.moved(1.0, 1.0))
    objects.append(box("cat", 1, 1, 6, 7))
    entry.write_bytes(file.render(replace(file.annotation, objects=tuple(objects))))
    assert store.sync.run_through().written == [path.name]
    after = json.loads(path.read_text("utf-8"))
    edited = [item for item in (gone, objects[moved] if moved is not None else None)
              if item is not None]
    ids = {read_entry(original).texts[item.source][0] for item in edited
           if item.source is not None}
    same = [item for item in before["annotations"] if item["id"] not in ids]
    assert [item for item in after["annotations"] if item["id"] not in {*ids, 101}] == same
    for item in same:
        assert text_of(text, item["id"]) == text_of(path.read_text("utf-8"), item["id"])
    for name in before.keys() - {"annotations"}:
        assert after[name] == before[name]
    for item in edited:  # what is not known of them stays, too
        old = next(o for o in before["annotations"]
                   if o["id"] == read_entry(original).texts[item.source or 0][0])
        new = next((o for o in after["annotations"] if o["id"] == old["id"]), None)
        assert (new is None) == (item is gone)
        assert new is None or all(new[name] == old[name] for name in old if name[:3] == "own")
    again = store.read(entry, image).annotation.objects
    for one, other in zip(again, objects, strict=True):
        assert one.label == other.label and one.box == pytest.approx(other.box, abs=1e-3)
    entry.write_bytes(original)
    store.sync.run_through()
    undone = json.loads(path.read_text("utf-8"))
    assert sorted(undone["annotations"], key=lambda item: int(item["id"])) == sorted(
        before["annotations"], key=lambda item: int(item["id"]))


def text_of(text: str, number: int) -> str:
    return next(piece.text for piece in pieces(io.BytesIO(text.encode()), Path("x"), LISTS)
                if piece.key == "annotations" and piece.kind == "item"
                and piece.value["id"] == number)


class TwoSides:
    """A person and another program who change annotations of the same file in turns."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.dice = folder, random.Random(seed)
        self.keys = ["0.png", "1.png", "2.png", "new.png"]
        for key in self.keys:
            add_image(folder, key)
        self.path = folder / "labels.json"
        self.path.write_text(json.dumps({
            "images": [{"id": n, "file_name": f"{n}.png", "width": 64, "height": 48}
                       for n in range(3)],
            "annotations": [{"id": n, "image_id": n % 3, "category_id": 1, "bbox": [n, n, 5, 5]}
                            for n in range(9)],
            "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]}, indent=1))
        adopt(folder)
        store = store_of(folder, Manifest.load(folder))
        assert isinstance(store, CocoStore)
        self.store = store
        self.wanted: dict[int, Any] = {}
        self.drawn: list[list[float]] = []
        self.free: set[int] = set()

    def there(self) -> dict[int, Any]:
        found = json.loads(self.path.read_text())["annotations"]
        assert len({item["id"] for item in found}) == len(found), "ids are there once"
        return {item["id"]: item for item in found}

    def person(self, key: str) -> None:
        entry, image, dice = self.store.sync.entry_path(key), self.folder / key, self.dice
        corners = (2.0, 2.0, 8.0, float(dice.randrange(9, 40)))
        bbox = [2, 2, 6, corners[3] - 2]
        if not entry.exists():
            entry.write_bytes(self.store.new(Annotation((box("cat", *corners),)), image))
            self.drawn.append(bbox)
            return
        file = self.store.read(entry, image)
        objects = list(file.annotation.objects)
        if objects and dice.random() < 0.6:
            at = dice.randrange(len(objects))
            number = file.entry.texts[objects[at].source or 0][0]
            self.free.discard(number)
            if dice.random() < 0.4:
                del objects[at], self.wanted[number]
            else:
                objects[at] = objects[at].with_box(corners)
                self.wanted[number] |= {"bbox": bbox, "area": 6 * bbox[3]}
        if dice.random() < 0.6:
            objects.append(box("dog", *corners))
            self.drawn.append(bbox)
        entry.write_bytes(file.render(replace(file.annotation, objects=tuple(objects))))

    def other_program(self) -> None:
        """It takes one out or changes one, adds one, and spells all in its own way."""
        data, dice = json.loads(self.path.read_text()), self.dice
        kept = data["annotations"]
        for item in [item for item in kept if item["id"] in self.free][:1]:
            if dice.random() < 0.4:
                kept.remove(item)
                del self.wanted[item["id"]]
            else:
                item["bbox"] = [3, 3, dice.randrange(3, 30), 3]
                self.wanted[item["id"]] = item
        new = {"id": max(self.there()) + dice.randrange(1, 3), "image_id": dice.randrange(3),
               "category_id": 1, "bbox": [4, 4, 4, 4]}
        kept.append(new)
        self.wanted[new["id"]] = new
        self.path.write_text(json.dumps(data, sort_keys=dice.random() < 0.5))


@pytest.mark.parametrize("seed", [0, 1, 57])
def test_what_two_sides_change_at_the_same_time_is_all_there(tmp_path: Path, seed: int) -> None:
    sides = TwoSides(tmp_path, seed)
    for _turn in range(8):
        sides.wanted, sides.drawn = sides.there(), []
        sides.free = set(sides.wanted)
        for key in sides.dice.sample(sides.keys, sides.dice.randrange(1, 4)):
            sides.person(key)
        if sides.dice.random() < 0.6:
            sides.other_program()
        assert not sides.store.sync.run_through().problems
        found = sides.there()
        for number, item in sides.wanted.items():
            assert {name: found[number].get(name) for name in item} == item
        assert sorted(item["bbox"] for number, item in found.items()
                      if number not in sides.wanted) == sorted(sides.drawn)
        assert not sides.store.sync.run_through().written
