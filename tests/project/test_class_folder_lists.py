"""Images moved into the folders of their classes: lists of files of other programs follow."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.folder_moves import stop_before
from tests.project.helpers import add_image
from workbench.project.datasets.splits import default_split
from workbench.project.manifest import Manifest
from workbench.project.stores.adopt import adopt
from workbench.tasks.image_classification.class_folders import plan_moves
from workbench.tasks.image_classification.moving import finish_moves, move_images


@pytest.mark.parametrize("killed", [False, True])
def test_the_lists_of_a_data_yaml_follow_and_go_back(tmp_path: Path, killed: bool) -> None:
    for at, key in enumerate(("ant/0.png", "ant/1.png", "ant/2.png", "bee/0.png", "bee/3.png")):
        add_image(tmp_path, key, at)
        (tmp_path / key).with_suffix(".txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (tmp_path / "data.yaml").write_text("train: [train.txt, bee/more.txt]\nval: val.txt\n"
                                        "names: [insect]\n")
    lists = {"train.txt": f"\ufeff./ant/0.png\r\n{tmp_path}/ant/1.png\r\ngone.png\r\n",
             "val.txt": "ant\\1.png\nant/2.png\n\nant/2.png", "bee/more.txt": "0.png\n3.png\n"}
    for name, text in lists.items():
        (tmp_path / name).write_text(text, "utf-8", newline="")
    adopt(tmp_path)
    (tmp_path / "labels.csv").write_text(
        "file,label\nant/0.png,bee\nant/1.png,bee\nbee/0.png,bee\nbee/3.png,ant\n", "utf-8")
    moves = plan_moves(tmp_path).moves
    assert moves.images == {"ant/0.png": "bee/0-2.png", "ant/1.png": "bee/1.png",
                            "bee/3.png": "ant/3.png"}
    if killed:
        stop_before(tmp_path, moves)
        assert finish_moves(tmp_path)
    else:
        move_images(tmp_path, moves)
    assert {name: (tmp_path / name).read_bytes().decode() for name in lists} == {
        "train.txt": f"\ufeff./bee/0-2.png\r\n{tmp_path}/bee/1.png\r\ngone.png\r\n",
        "val.txt": "bee/1.png\nant/2.png\n\nant/2.png", "bee/more.txt": "0.png\n../ant/3.png\n"}
    assert (tmp_path / "bee/0-2.txt").exists()
    split = default_split(tmp_path)
    assert (split.train, split.val) == (["ant/3.png", "bee/0-2.png", "bee/0.png"],
                                        ["ant/2.png", "bee/1.png"])
    move_images(tmp_path, moves.back())
    assert (tmp_path / "train.txt").read_bytes().decode() == lists["train.txt"]
    assert default_split(tmp_path).train == ["ant/0.png", "bee/0.png", "bee/3.png"]


@pytest.mark.parametrize("killed", [False, True])
def test_the_lists_of_pascal_voc_follow_and_go_back(tmp_path: Path, killed: bool) -> None:
    keys = [f"JPEGImages/{name}.png" for name in ("0", "photo 1", "2", "old/3", "4")]
    for at, key in enumerate(keys):
        add_image(tmp_path, key, at)
    lists = {"train.txt": "0\r\nphoto 1\r\ngone\r\nold/3\r\n", "val.txt": "2.png\n4",
             "ant_train.txt": "0  1\nphoto 1 -1\n3  1\n"}
    place = tmp_path / "ImageSets" / "Main"
    place.mkdir(parents=True)
    for name, text in lists.items():
        (place / name).write_text(text, "utf-8", newline="")
    Manifest("insects").save(tmp_path)
    (tmp_path / "labels.csv").write_text("file,label\n" + "".join(
        f"{key},{label}\n" for key, label in zip(keys, ("ant", "bee", "bee", "ant", "ant"),
                                                 strict=True)), "utf-8")
    before = default_split(tmp_path)
    moves = plan_moves(tmp_path).moves
    assert moves.images[keys[1]] == "JPEGImages/bee/photo 1.png"
    if killed:
        stop_before(tmp_path, moves)
        assert finish_moves(tmp_path)
    else:
        move_images(tmp_path, moves)
    assert {name: (place / name).read_bytes().decode() for name in lists} == {
        "train.txt": "ant/0\r\nbee/photo 1\r\ngone\r\nant/old/3\r\n", "val.txt": "bee/2.png\nant/4",
        "ant_train.txt": "ant/0  1\nbee/photo 1 -1\nant/old/3  1\n"}
    after = default_split(tmp_path)
    assert sorted(after.train) == sorted(moves.images.get(key, key) for key in before.train)
    move_images(tmp_path, moves.back())
    assert {name: (place / name).read_bytes().decode() for name in lists} == lists
    assert default_split(tmp_path).train == before.train
