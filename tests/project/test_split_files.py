"""The split of a project in the files that other programs read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.project.helpers import add_image, labelled
from workbench.cli import main
from workbench.core.errors import Problem, WorkbenchError
from workbench.formats.yolo_parts import with_parts
from workbench.project.datasets.split_files import SplitWritten, split_files, split_problem
from workbench.project.datasets.splits import Split, default_split, load_split, save_split
from workbench.project.doctor import doctor
from workbench.project.manifest import Manifest
from workbench.project.mending import mend
from workbench.project.session import Session
from workbench.project.stores.adopt import adopt

YAML = "# pets\r\ntrain: ../train/images  # to learn from\r\nval: '../valid/images'\r\ntest:\r\n" \
       "names: [cat, dog]\r\nroboflow: {version: 2}\r\n"


def moved(folder: Path, parts: Mapping[str, Sequence[str]]) -> None:
    """Save a split that is not that of the files."""
    save_split(folder, Split(train=[*parts["train"]], val=[*parts["val"]],
                             test=[*parts.get("test", ())], origin="by hand"))


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_data_yaml_and_its_lists_say_the_split(
        tmp_path: Path, open_ready: Callable[[Path], Session]) -> None:
    keys = [f"{part}/images/{name}.png" for part, names in (("train", "abcd"), ("valid", "ef"))
            for name in names]
    for at, key in enumerate(keys):
        add_image(tmp_path, key, seed=at)
        label = tmp_path / key.replace("/images/", "/labels/").replace(".png", ".txt")
        label.parent.mkdir(exist_ok=True)
        if key[-5] != "d":  # which has no labels and stays in its part
            label.write_text(f"{at % 2} 0.5 0.5 0.5 0.5\n")
    path = tmp_path / "data.yaml"
    path.write_text(YAML, newline="")
    adopt(tmp_path)
    save_split(tmp_path, default_split(tmp_path))
    assert split_problem(tmp_path) is None and main(["doctor", str(tmp_path), "--write-split"]) == 0
    assert path.read_bytes().decode() == YAML
    a, b, c, d, e, f = keys
    moved(tmp_path, {"train": [a, e], "val": [b, f], "test": [c]})

    session = open_ready(tmp_path)
    [finding] = [item for item in doctor(tmp_path) if item.kind == "split-elsewhere"]
    assert finding.path == str(path) and "3 images are in another part there" in finding.reason
    told: list[tuple[Sequence[Problem], bool]] = []
    mend(session, [finding], lambda some, mended: told.append((some, mended)))
    assert told == [((finding,), True)] and split_problem(tmp_path) is None
    assert path.read_bytes().decode() == YAML.replace("../train/images", "train.txt").replace(
        "'../valid/images'", "val.txt").replace("test:", "test: test.txt")
    assert lines(tmp_path / "train.txt") == [f"./{a}", f"./{d}", f"./{e}"]
    assert lines(tmp_path / "val.txt") == [f"./{b}", f"./{f}"]
    assert session.close()
    (tmp_path / "splits/default.json").unlink()
    there = default_split(tmp_path)
    assert (there.train, there.val, there.test) == ([a, e], [b, f], [c])

    (tmp_path / "val.txt").write_bytes(  # as people write
        f"\ufeff/other/place/{f}\r\n./{b}\r\n./gone.png\r\n/other/place/{f}\r\n".encode())
    moved(tmp_path, {"train": [a, b, e], "val": [f]})  # what is in no part stays where it is
    assert main(["doctor", str(tmp_path), "--write-split"]) == 0
    assert (tmp_path / "val.txt").read_bytes().decode() == (
        f"\ufeff/other/place/{f}\r\n./gone.png\r\n/other/place/{f}\r\n")
    assert lines(tmp_path / "train.txt") == [f"./{a}", f"./{d}", f"./{e}", f"./{b}"]
    assert lines(tmp_path / "test.txt") == [f"./{c}"] and split_problem(tmp_path) is None


def test_a_list_of_somebody_else_is_not_replaced_and_undo_brings_all_back(
        tmp_path: Path, open_ready: Callable[[Path], Session]) -> None:
    for at, name in enumerate("abc"):
        add_image(tmp_path, f"images/{name}.png", seed=at)
        (tmp_path / f"images/{name}.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    path = tmp_path / "data.yaml"
    path.write_text("train: images\nval: images\nnames:\n- cat\n")
    adopt(tmp_path)
    moved(tmp_path, {"train": ["images/a.png", "images/b.png"], "val": ["images/c.png"]})
    (tmp_path / "val.txt").write_text("mine\n")
    [finding] = [item for item in doctor(tmp_path) if item.kind == "split-not-written"]
    assert "val.txt: it is there already, and data.yaml does not name it" in finding.reason
    (tmp_path / "val.txt").unlink()
    session = open_ready(tmp_path)
    [finding] = [item for item in doctor(tmp_path) if item.kind == "split-elsewhere"]
    mend(session, [finding], lambda some, mended: None)
    assert path.read_text(encoding="utf-8") == "train: train.txt\nval: val.txt\nnames:\n- cat\n"
    session.undo.undo()
    assert path.read_text(encoding="utf-8") == "train: images\nval: images\nnames:\n- cat\n"
    assert not (tmp_path / "train.txt").exists() and not (tmp_path / "val.txt").exists()
    session.undo.redo()
    path.write_text("train: images\nval: images\nnames: [cat]\n")
    with pytest.raises(WorkbenchError, match="another program has changed it"):
        session.undo.undo()
    assert (tmp_path / "train.txt").exists() and (tmp_path / "val.txt").exists()
    path.write_text(f"train: {tmp_path}/images\nval: {tmp_path}/images\nnames: [cat]\n")
    for name in ("train.txt", "val.txt"):
        (tmp_path / name).unlink()
    found = split_files(tmp_path)
    assert found is not None and [*found.files][-1] == path
    path.write_text("names: [cat]\n")
    with pytest.raises(WorkbenchError, match="another program has changed it"):
        SplitWritten(found).do()
    assert not (tmp_path / "train.txt").exists() and not (tmp_path / "val.txt").exists()


@pytest.mark.parametrize(("text", "expected"), [
    ("train:\r\n- a  # one\r\n- b\r\nval: c\r\nnames: [x]\r\n",
     "train: t.txt\r\n  # one\r\nval: v.txt\r\nnames: [x]\r\n"),
    ("all: &a {names: [x]}\n<<: *a\nval: c\n",
     "train: t.txt\nall: &a {names: [x]}\n<<: *a\nval: v.txt\n"),
    ("train:\n  - a\n  - b\nvalidation: c\nnames: [x]\n",
     "train: t.txt\nvalidation: v.txt\nnames: [x]\n"),
    ("path: p\nnc: 1\nnames: [x]  # y\n", "path: p\nnc: 1\ntrain: t.txt\nval: v.txt\n"
     "names: [x]  # y\n"),
    ("train: [a, b]  # y\nval:  # nothing\nnames: [x]\n",
     "train: t.txt  # y\nval: v.txt  # nothing\nnames: [x]\n"),
    ("train: &a b\nval: *a\nnames: [x]\n", ""),
    ("{train: a, names: [x]}\n", ""),
])
def test_parts_are_set_in_the_text(text: str, expected: str) -> None:
    parts = {"train": "t.txt", "val": "v.txt"}
    if expected:
        assert with_parts(text.encode(), Path("data.yaml"), parts).decode() == expected
    else:
        with pytest.raises(WorkbenchError):
            with_parts(text.encode(), Path("data.yaml"), parts)


def test_lists_of_pascal_voc_say_the_split(tmp_path: Path) -> None:
    for name in "abcd":
        labelled(tmp_path, f"JPEGImages/{name}.png", ["cat"])
        (tmp_path / "Annotations").mkdir(exist_ok=True)
        (tmp_path / f"JPEGImages/{name}.xml").rename(tmp_path / f"Annotations/{name}.xml")
    manifest = Manifest.load(tmp_path)
    manifest.images, manifest.annotations = "JPEGImages", "Annotations"
    manifest.save(tmp_path)
    sets = tmp_path / "ImageSets/Main"
    sets.mkdir(parents=True)
    for name, said in (("train", "a\nb\ngone\n"), ("val", "c.png\nd\n"), ("trainval", "a\nb\nc\nd"),
                       ("cat_train", "a 1\nb 1\n")):
        (sets / f"{name}.txt").write_text(said)
    save_split(tmp_path, default_split(tmp_path))
    assert split_files(tmp_path) is None
    keys = [f"JPEGImages/{name}.png" for name in "abcd"]
    moved(tmp_path, {"train": [keys[0], keys[2]], "val": [keys[3]], "test": [keys[1]]})
    problem = split_problem(tmp_path)
    assert problem is not None and "2 images are in another part" in problem.reason
    assert main(["doctor", str(tmp_path), "--write-split"]) == 0
    assert {path.stem: lines(path) for path in sets.glob("*.txt")} == {
        "train": ["a", "gone", "c"], "val": ["d"], "test": ["b"], "trainval": ["a", "c", "d"],
        "cat_train": ["a 1", "b 1"]}
    assert split_files(tmp_path) is None and load_split(tmp_path).origin == "by hand"

    for name in ("train", "val", "test"):
        (sets / f"{name}.txt").unlink()
    (sets / "trainval.txt").write_text("a\nc\nd\nb\n")  # the two in one list, as VOC has it, too
    (sets / "test.txt").write_text("")
    found = split_files(tmp_path)
    assert found is not None and found.images == 1
    assert {path.stem: data for path, (_, data) in found.files.items()} == {
        "trainval": b"a\nc\nd\n", "test": b"b\n"}
    moved(tmp_path, {"train": [keys[0], keys[2], keys[1]], "val": [keys[3]]})
    assert split_files(tmp_path) is None
