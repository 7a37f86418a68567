"""Images moved into the folders of their classes: all that names them follows, nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from tests.project.folder_moves import MOVED, make_project, stop_before, tree
from tests.project.helpers import Owner, add_image
from workbench.cli import main
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.pixel_size import PixelSize
from workbench.formats.scores import load_scores
from workbench.project.datasets.splits import load_split
from workbench.project.edits.saver import Saver
from workbench.project.labelled_by import labelled_by_of
from workbench.project.layout import LABELLED_BY
from workbench.project.manifest import Manifest
from workbench.project.pixel_sizes import pixel_size_of, set_pixel_sizes
from workbench.project.session import Session
from workbench.project.suggestion import Suggestion
from workbench.project.suggestion_file import read_kept
from workbench.project.suggestions import suggestions_of
from workbench.tasks.image_classification import class_folders
from workbench.tasks.image_classification.class_folders import plan_moves
from workbench.tasks.image_classification.dataset import load_images
from workbench.tasks.image_classification.doctor import examine
from workbench.tasks.image_classification.folder_step import FoldersStep, mover_of
from workbench.tasks.image_classification.label_store import labels_of
from workbench.tasks.image_classification.labels import ImageLabels, read_labels, write_labels
from workbench.tasks.image_classification.moving import (
    Moves,
    finish_moves,
    journal_path,
    move_images,
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "insects/runs/2026-11-29-instant").mkdir(parents=True)
    return make_project(tmp_path / "insects")


def test_all_that_names_an_image_follows_it_and_goes_back(project: Path) -> None:
    before, labels = tree(project), read_labels(project).labels
    plan = plan_moves(project)
    assert plan.moves.images == MOVED and plan.renamed == 1 and not plan.left
    assert plan.words() == (
        "Move 4 images into the folders of their classes: bee (2), wasp (1), ant (1)? 1 image will "
        "get a new name, as theirs is taken there.")
    move_images(project, plan.moves)
    after = tree(project)
    assert [after[new] for new in MOVED.values()] == [before[old] for old in MOVED]
    assert "train/bee/1.xml" in after and "train/ant/1.xml" not in after
    assert not (project / "test/bee").exists() and after["train/bee/0.png"] == before[
        "train/bee/0.png"]
    assert read_labels(project).labels == {MOVED.get(key, key): label
                                           for key, label in labels.items()}
    assert after["labels.csv"] == (
        b"file;label;who\r\ntrain/bee/0-2.png;bee;me\r\ntrain/bee/1.png;bee;\r\n"
        b"test/wasp/7.png;wasp;\r\ntrain/ant/new.png;ant;you\r\n")
    run = project / "runs/2026-11-29-instant"
    for place in (project, run):
        split = load_split(place, "default")
        assert split.train == ["train/bee/0-2.png", "train/ant/2.png", "train/ant/new.png"]
        assert split.val == ["train/bee/1.png", "train/bee/0.png"]
    scores = load_scores(run / "predictions-val.npz")
    assert scores.files == split.val and scores.scores[0].tolist() == [0.25, 0.75]
    assert scores.meta == {"unreadable": ["train/bee/0-2.png"]}
    assert not plan_moves(project).moves.images
    move_images(project, plan.moves.back())
    assert tree(project).keys() == before.keys()
    assert read_labels(project).labels == labels
    assert load_split(project, "default").val == ["train/ant/1.png", "train/bee/0.png"]


@pytest.mark.parametrize("done", range(6))
def test_a_killed_move_is_finished_wherever_it_was(project: Path, tmp_path: Path, done: int
                                                   ) -> None:
    moves = plan_moves(project).moves
    stop_before(project, moves)
    for old, new in moves.files[:done]:
        (project / new).parent.mkdir(exist_ok=True)
        (project / old).rename(project / new)
    if done < len(moves.files):  # the next was copied to another disk, and not removed yet
        old, new = moves.files[done]
        (project / new).parent.mkdir(exist_ok=True)
        (project / new).write_bytes((project / old).read_bytes())
    assert any(problem.kind == "unfinished-step" for problem in examine(project))
    assert finish_moves(project) and not finish_moves(project)
    (tmp_path / "other/runs/2026-11-29-instant").mkdir(parents=True)
    other = make_project(tmp_path / "other")
    move_images(other, plan_moves(other).moves)
    assert tree(project) == tree(other)


def test_the_process_is_killed_in_the_middle(project: Path) -> None:
    images = {data for name, data in tree(project).items() if name.endswith(".png")}
    code = ("import os, sys; from pathlib import Path\n"
            "from workbench.tasks.image_classification import class_folders, moving\n"
            "project = Path(sys.argv[1]); plan = class_folders.plan_moves(project)\n"
            "moving.move_images(project, plan.moves,"
            " lambda done, of: os._exit(9) if done == 2 else None)")
    assert subprocess.run([sys.executable, "-c", code, str(project)], check=False).returncode == 9
    there = [data for name, data in tree(project).items() if name.endswith(".png")]
    assert len(there) == 6 and set(there) == images and journal_path(project).exists()
    assert finish_moves(project)
    assert plan_moves(project).moves.images == {}
    assert {key: (project / key).exists() for key in MOVED.values()} == dict.fromkeys(
        MOVED.values(), True)


def test_what_cannot_be_moved_leaves_all_as_it_was(project: Path) -> None:
    (project / "test/wasp").write_bytes(b"a file where a folder is needed")
    before = tree(project)
    with pytest.raises(WorkbenchError, match="Nothing was moved"):
        move_images(project, plan_moves(project).moves)
    assert tree(project) == before
    (project / "test/wasp").unlink()
    moves = plan_moves(project).moves
    (project / "train/bee/1.png").write_bytes(b"came meanwhile")
    before = tree(project)
    with pytest.raises(WorkbenchError, match="another file of this name"):
        move_images(project, moves)
    assert tree(project) == before


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="who has what open is seen there")
def test_nothing_is_removed_while_it_is_open(
        project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unlink = Path.unlink

    def refused_while_open(self: Path, missing_ok: bool = False) -> None:  # as Windows does
        with suppress(OSError):
            for descriptor in Path("/proc/self/fd").iterdir():
                assert not descriptor.exists() or not descriptor.samefile(self), f"{self} is open"
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", refused_while_open)
    move_images(project, plan_moves(project).moves)
    assert not journal_path(project).exists() and not finish_moves(project)


def test_classes_that_share_a_folder_on_this_disk_are_not_moved_together(
        project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = project / "labels.csv"
    table.write_bytes(table.read_bytes().replace(b"train/ant/0.png;bee", b"train/ant/0.png;Bee"))
    both = ["train/ant/0.png", "train/ant/1.png"]
    assert set(both) <= set(plan_moves(project).moves.images)
    lexists, swapped = os.path.lexists, str(project / read_labels(project).keys[0].swapcase())
    monkeypatch.setattr(os.path, "lexists", lambda path: str(path) == swapped or lexists(path))
    plan = plan_moves(project)
    assert plan.left == {
        "the folder of another class has this name, as the disk sees it": both}
    assert set(plan.moves.images) == set(MOVED) - set(both)


def test_images_are_copied_to_another_disk(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if self.suffix == ".png":
            raise OSError(errno.EXDEV, "other disk")
        return rename(self, target)

    before, unlink = tree(project), Path.unlink

    def kept(self: Path, missing_ok: bool = False) -> None:
        if self == project / "train/ant/1.png":
            raise PermissionError(errno.EACCES, "read-only")
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "rename", refused)
    monkeypatch.setattr(Path, "unlink", kept)
    with pytest.raises(WorkbenchError, match="Nothing was moved"):
        move_images(project, plan_moves(project).moves)
    monkeypatch.setattr(Path, "unlink", unlink)
    assert tree(project) == before
    move_images(project, plan_moves(project).moves)
    after = tree(project)
    assert len(after) == len(before)
    assert all(after[new] == before[old] for old, new in MOVED.items())


def test_labels_that_no_folder_says_any_more_are_in_the_table(tmp_path: Path) -> None:
    for key in ("ant/0.png", "ant/1.png", "bee/0.png", "bee/1.png"):
        add_image(tmp_path, key)
    (tmp_path / "labels.csv").write_text("file,label\nbee/0.png,ant\nbee/1.png,ant\n", "utf-8")
    move_images(tmp_path, plan_moves(tmp_path).moves)
    assert not (tmp_path / "bee").exists()
    assert set(read_labels(tmp_path).labels.items()) == {
        (f"ant/{name}.png", "ant") for name in ("0", "1", "0-2", "1-2")}


def test_labels_given_while_it_is_planned_or_afterwards_stay(
        project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_and_label(folder: Path) -> ImageLabels:
        found = read_labels(folder)
        write_labels(folder, {"train/ant/0.png": "fly"})
        return found

    monkeypatch.setattr(class_folders, "read_labels", read_and_label)
    moves = plan_moves(project).moves
    write_labels(project, {"train/ant/1.png": "fly", "train/ant/2.png": "fly"})
    move_images(project, moves)
    assert moves.images == MOVED and read_labels(project).labels == {
        "train/bee/0-2.png": "fly", "train/bee/1.png": "fly", "train/ant/2.png": "fly",
        "train/bee/0.png": "bee", "test/wasp/7.png": "wasp", "train/ant/new.png": "ant"}


def test_a_label_given_since_the_plan_stays_where_its_folder_counts_no_more(tmp_path: Path) -> None:
    for key in ("ant/0.png", "ant/1.png", "bee/0.png", "bee/1.png"):
        add_image(tmp_path, key)
    (tmp_path / "labels.csv").write_text("file,label\nbee/0.png,ant\nbee/1.png,ant\n", "utf-8")
    moves = plan_moves(tmp_path).moves
    write_labels(tmp_path, {"ant/0.png": "fly"})
    move_images(tmp_path, moves)
    labels = {"ant/0.png": "fly", "ant/1.png": "ant", "ant/0-2.png": "ant", "ant/1-2.png": "ant"}
    assert read_labels(tmp_path).labels == labels
    back = moves.back()
    move_images(tmp_path, back)
    assert read_labels(tmp_path).labels == {back.images.get(key, key): label
                                            for key, label in labels.items()}


def test_what_stays_is_told(tmp_path: Path) -> None:
    for number, label in enumerate(("a/b", "train", "wolf", "cat")):
        add_image(tmp_path, f"photos/{number}.png", number)
        with (tmp_path / "labels.csv").open("a", encoding="utf-8") as stream:
            stream.write(f"{'' if number else 'file,label' + chr(10)}{number}.png,{label}\n")
    (tmp_path / "photos/3.png").rename(tmp_path / "3.png")
    (tmp_path / "photos/3.png").symlink_to("../3.png")
    (tmp_path / "3.png").rename(tmp_path / "3.bin")
    plan = plan_moves(tmp_path)
    assert plan.moves.images == {"photos/2.png": "photos/wolf/2.png"}
    assert plan.words() == (
        "Move 1 image into the folder of its class: wolf (1)? "
        "1 image will not move: no folder for a class can be called “a/b”. "
        "1 image will not move: no folder for a class can be called “train”. "
        "1 image will not move: a link that is relative to its folder.")
    (tmp_path / "labels.csv").write_text("file,tags\n2.png,wolf;snow\n", "utf-8")
    with pytest.raises(UsageError, match="one class each"):
        plan_moves(tmp_path)


def test_names_that_would_clash_get_a_number(tmp_path: Path) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    for at, key in enumerate(("ant/0.png", "ant/1.png", "ant/2.jpg", "bee/2.png", "bee/3.png",
                              "wasp/2.png", "wasp/4.png")):
        add_image(project, key, at)
    add_image(elsewhere, "5.png", 9)
    (project / "linked").symlink_to(elsewhere)
    for name in ("ant/2", "bee/2", "bee/1", "wasp/2"):
        (project / f"{name}.xml").write_text(f"<annotation><!--{name}--></annotation>")
    (project / "labels.csv").write_text(
        "file,label\nant/0.png,Ant\nant/1.png,bee\nant/2.jpg,bee\nbee/3.png,blue.png\n"
        "linked/5.png,bee\nwasp/2.png,bee\nwasp/4.png,wasp\n4.png,fly\n", "utf-8")
    plan, before = plan_moves(project), tree(project)
    assert plan.moves.images == {"ant/0.png": "Ant/0.png", "ant/1.png": "bee/1-2.png",
                                 "ant/2.jpg": "bee/2-2.jpg", "wasp/2.png": "bee/2-3.png"}
    assert plan.moves.beside == {"ant/2.xml": "bee/2-2.xml", "wasp/2.xml": "bee/2-3.xml"}
    assert set(plan.left) == {"no folder for a class can be called “blue.png”",
                              "a link leads from its folder, or the new one, out of the project"}
    assert read_labels(project).labels["wasp/4.png"] == "wasp"  # the whole path says it
    move_images(project, plan.moves)
    assert Manifest.load(project).layout.annotations == "" and all(
        tree(project)[new] == before[old] for old, new in plan.moves.files)


def test_what_came_to_be_there_after_a_kill_stays_and_so_do_names(project: Path) -> None:
    moves = plan_moves(project).moves
    stop_before(project, moves)
    (project / "train/bee/1.png").write_bytes(b"another image")
    assert finish_moves(project) and (project / "train/bee/1.png").read_bytes() == b"another image"
    assert load_split(project, "default").val == ["train/ant/1.png", "train/bee/0.png"]
    assert read_labels(project).labels["train/ant/1.png"] == "bee"


def test_the_shell_moves_when_told_to(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["class-folders", str(project)]) == 0
    assert "train/new.png → train/ant/new.png" in capsys.readouterr().out
    assert plan_moves(project).moves.images == MOVED
    assert main(["class-folders", str(project), "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == MOVED
    assert main(["class-folders", str(project), "--yes"]) == 0
    assert capsys.readouterr().out == "Every image lies in the folder of its class.\n"


def test_a_step_of_the_session_moves_and_brings_back(
        project: Path, open_session: Callable[[Path], Session], owner: Owner,
        monkeypatch: pytest.MonkeyPatch) -> None:
    session = open_session(project)
    store, ended = labels_of(session), list[str]()
    owner.until(lambda: store.ready)
    store.set_label(["train/ant/2.png"], "wasp")
    mover_of(session).ended.connect(ended.append)
    assert session.saver.flush()
    session.undo.push(FoldersStep(session, plan_moves(project).moves))
    with pytest.raises(WorkbenchError, match="being moved"):
        store.set_label(["train/ant/2.png"], "bee")
    owner.until(lambda: store.label("train/bee/0-2.png") == "bee")
    assert ended == [""] and store.label("train/wasp/2.png") == "wasp"
    assert not store.label("train/ant/0.png") and "train/ant/0.png" not in session.index
    assert session.undo.undo_text == "move 5 images into class folders"
    session.undo.undo()
    with pytest.raises(WorkbenchError, match="being moved"):
        session.undo.undo()
    owner.until(lambda: store.label("train/ant/2.png") == "wasp")
    session.undo.undo()
    assert store.label("train/ant/2.png") == "ant" and session.saver.flush()
    monkeypatch.setattr(Saver, "wait_until_written", lambda *_: False)
    session.undo.redo()
    session.undo.redo()
    owner.until(lambda: len(ended) == 3)
    assert "not saved yet" in ended[-1] and (project / "train/ant/2.png").exists()
    assert session.undo.redo_text == "move 5 images into class folders"


@pytest.mark.parametrize("window", [True, False])
def test_scales_follow_and_go_back(project: Path, open_session: Callable[[Path], Session],
                                   owner: Owner, window: bool) -> None:
    old, new = "train/ant/0.png", "train/bee/0-2.png"
    size = PixelSize(0.5, 0.5, "µm")
    session = open_session(project)
    set_pixel_sizes(session, session.manifest.pixel_sizes.with_image(old, size))
    owner.finish(session)
    if not window:
        assert session.close(20)
        move_images(project, plan_moves(project).moves)
        assert Manifest.load(project).pixel_sizes.images == {new: size}
        return
    store = labels_of(session)
    owner.until(lambda: store.ready)
    session.undo.push(FoldersStep(session, plan_moves(project).moves))
    for key in (new, old):
        owner.until(partial(lambda key: bool(store.label(key)), key))
        assert pixel_size_of(session, key) == size
        owner.finish(session)
        assert Manifest.load(project).pixel_sizes.images == {key: size}
        session.undo.undo()
    owner.finish(session)
    assert not Manifest.load(project).pixel_sizes.images


def test_who_labelled_an_image_follows_and_goes_back(
        project: Path, open_session: Callable[[Path], Session], owner: Owner) -> None:
    table = "file,person,labelled,verified\ntrain/ant/0.png,Kim,2026-01-02,\n"
    (project / LABELLED_BY).write_text(table)
    session = open_session(project)
    store, people = labels_of(session), labelled_by_of(session)
    people.person = "Lee"
    owner.until(lambda: store.ready and people.labeller("train/ant/0.png") == "Kim")
    session.undo.push(FoldersStep(session, plan_moves(project).moves))
    for key in ("train/bee/0-2.png", "train/ant/0.png"):
        owner.until(partial(lambda key: people.labeller(key) == "Kim", key))
        owner.finish(session)
        assert (project / LABELLED_BY).read_text() == table.replace("train/ant/0.png", key)
        if people.labeller("train/bee/0-2.png"):
            session.undo.undo()
    assert people.people() == ["Kim"]


def test_what_is_suggested_follows_and_goes_back(
        project: Path, open_session: Callable[[Path], Session], owner: Owner) -> None:
    session = open_session(project)
    store, found, ended = labels_of(session), suggestions_of(session), list[str]()
    owner.until(lambda: store.ready)
    mover_of(session).ended.connect(ended.append)
    old, new = "train/ant/0.png", "train/bee/0-2.png"
    item = Suggestion("bee", (1.0, 2.0, 5.0, 6.0), 0.9, "run")
    found.suggest({old: [item], "train/ant/2.png": [item]}, "run")
    found.put({"train/ant/1.png": ()}, {"train/ant/1.png": (item,)})
    assert session.saver.flush()
    session.undo.push(FoldersStep(session, plan_moves(project).moves))
    owner.until(lambda: len(ended) == 1)
    assert found.of(new) == (item,) and not found.of(old) and found.asked(new) == "run"
    assert found.of("train/ant/2.png") == (item,) and found.rejected("train/bee/1.png") == (item,)
    found.flush()
    kept = read_kept(project)
    assert set(kept.suggested) == {new, "train/ant/2.png"}
    assert set(kept.rejected) == {"train/bee/1.png"}
    owner.until(lambda: store.label(new) == "bee")
    session.undo.undo()
    owner.until(lambda: len(ended) == 2)
    assert found.of(old) == (item,) and not found.of(new)
    assert found.rejected("train/ant/1.png") == (item,)


def test_who_opens_the_project_while_images_are_moved_waits(
        project: Path, open_session: Callable[[Path], Session], owner: Owner) -> None:
    moving, go_on = threading.Event(), threading.Event()

    def tick(_done: int, _of: int) -> None:
        moving.set()
        go_on.wait(60)

    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(move_images, project, plan_moves(project).moves, tick)
        try:
            assert moving.wait(60)
            with pytest.raises(WorkbenchError, match="being moved"):
                load_images(project)
            with pytest.raises(WorkbenchError, match="being moved already"):
                move_images(project, Moves({"train/ant/2.png": "train/bee/2.png"}))
            session = open_session(project)
            store = labels_of(session)
            owner.ready(session)
            assert not store.ready
        finally:
            go_on.set()
        done.result(60)
    owner.until(lambda: store.label("train/bee/1.png") == "bee")
    assert set(session.index.keys()) == set(store.labels()) > set(MOVED.values())


def test_images_that_were_moved_since_they_were_listed_are_listed_again(
        project: Path, open_session: Callable[[Path], Session], owner: Owner) -> None:
    session = open_session(project)
    owner.ready(session)
    move_images(project, plan_moves(project).moves)
    store = labels_of(session)  # nobody saw the moving
    owner.until(lambda: store.label("train/bee/1.png") == "bee")
    assert set(session.index.keys()) == set(store.labels()) > set(MOVED.values())
