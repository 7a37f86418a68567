"""Classes of images as the window changes them: undone, saved at once, no image moved."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.project.helpers import Owner, add_image
from workbench.core.errors import UsageError, WorkbenchError
from workbench.project.session import Session
from workbench.tasks.image_classification import label_store
from workbench.tasks.image_classification.class_folders import plan_moves
from workbench.tasks.image_classification.label_store import LabelStore, labels_of
from workbench.tasks.image_classification.labels import read_labels
from workbench.tasks.image_classification.moving import move_images

Open = Callable[[Path], Session]


def make_folder(folder: Path) -> Path:
    for label in ("ant", "bee"):
        for number in range(3):
            add_image(folder, f"{label}/{number}.png", number)
    add_image(folder, "new.png")
    return folder


def opened(folder: Path, open_session: Open, owner: Owner) -> tuple[Session, LabelStore]:
    session = open_session(folder)
    store = labels_of(session)
    owner.until(lambda: store.ready)
    return session, store


def saved(session: Session, owner: Owner) -> None:
    owner.until(lambda: session.saver.state != "saving")
    assert session.saver.state == "saved", session.saver.last_error


def table(folder: Path) -> list[str]:
    return (folder / "labels.csv").read_text(encoding="utf-8").splitlines()


def test_a_folder_for_each_class_opens_as_it_is_and_no_image_moves(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = make_folder(tmp_path / "insects")
    session, store = opened(folder, open_session, owner)
    assert store.counts() == {"ant": 3, "bee": 3}
    assert session.classes.names == ("ant", "bee")
    assert not (folder / "labels.csv").exists()
    assert store.set_label(["ant/0.png", "ant/1.png", "bee/0.png"], "bee") == 2
    saved(session, owner)
    assert table(folder) == ["file,label", "ant/0.png,bee", "ant/1.png,bee"]
    assert (folder / "ant/0.png").exists()
    assert session.undo.undo_text == "label 2 images “bee”"
    session.undo.undo()
    saved(session, owner)
    assert not (folder / "labels.csv").exists()
    assert store.label("ant/0.png") == "ant"
    session.undo.redo()
    saved(session, owner)
    assert len(table(folder)) == 3


def test_a_step_that_is_undone_leaves_the_table_to_the_last_byte(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = tmp_path / "insects"
    for number in range(3):
        add_image(folder, f"{number}.png", number)
    before = b'label;who;file\r\n"ant";me;0.png\r\nbee;"you; too";1.png\r\n'
    (folder / "labels.csv").write_bytes(before)
    session, store = opened(folder, open_session, owner)
    store.set_label(["0.png", "2.png"], "wasp")
    saved(session, owner)
    assert (folder / "labels.csv").read_bytes() == (
        b'label;who;file\r\nwasp;me;0.png\r\nbee;"you; too";1.png\r\nwasp;;2.png\r\n')
    assert "wasp" in session.classes
    session.undo.undo()
    saved(session, owner)
    assert (folder / "labels.csv").read_bytes() == before
    assert "wasp" not in session.classes


def test_classes_are_renamed_merged_and_removed_in_one_step_each(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    session, store = opened(make_folder(tmp_path / "insects"), open_session, owner)
    store.rename_class("ant", "formica")
    assert store.counts() == {"formica": 3, "bee": 3}
    assert session.classes.names == ("formica", "bee")
    store.rename_class("formica", "bee")
    assert store.counts() == {"bee": 6}
    assert session.undo.undo_text == "merge formica into bee"
    session.undo.undo()
    assert session.classes.names == ("formica", "bee")
    store.remove_class("bee")
    assert store.counts() == {"formica": 3}
    saved(session, owner)
    again = LabelStore(session)
    owner.until(lambda: again.ready)
    assert again.labels() == store.labels()
    session.undo.undo()
    session.undo.undo()
    assert store.counts() == {"ant": 3, "bee": 3}
    assert session.classes.names == ("ant", "bee")


def test_rows_that_another_program_wrote_meanwhile_are_kept(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = make_folder(tmp_path / "insects")
    (folder / "labels.csv").write_text("file,label\nbee/0.png,ant\n", encoding="utf-8")
    session, store = opened(folder, open_session, owner)
    (folder / "labels.csv").write_text("file,label\nbee/0.png,ant\nbee/1.png,ant\n",
                                       encoding="utf-8")
    store.set_label(["new.png"], "bee")
    owner.until(lambda: store.label("bee/1.png") == "ant" and session.saver.state == "saved")
    assert table(folder)[1:] == ["bee/0.png,ant", "bee/1.png,ant", "new.png,bee"]
    assert store.counts() == {"ant": 5, "bee": 2}
    assert not session.problems


def test_what_another_program_changes_is_seen_when_the_folder_is_looked_at_again(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = make_folder(tmp_path / "insects")
    session, store = opened(folder, open_session, owner)
    store.set_label(["new.png"], "ant")
    saved(session, owner)
    (folder / "labels.csv").write_text("file,label\nnew.png,bee\n", encoding="utf-8")
    owner.ready(session)
    session.index.refresh()
    owner.until(lambda: store.label("new.png") == "bee")
    store.set_label(["ant/0.png"], "bee")
    saved(session, owner)
    assert table(folder)[1:] == ["new.png,bee", "ant/0.png,bee"]


def test_what_was_read_before_a_label_was_saved_does_not_bring_the_old_one_back(
        tmp_path: Path, open_session: Open, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_folder(tmp_path / "insects")
    session, store = opened(folder, open_session, owner)
    read, is_saved, shown = label_store.read_disk, threading.Event(), []
    looks = threading.Event()
    old = [read(folder, tuple(session.index.keys()), None, None)]

    def slow(*arguments: Any) -> object:
        assert is_saved.wait(60)
        return old.pop() if old else read(*arguments)

    monkeypatch.setattr(label_store, "read_disk", slow)
    session.saver.saved.connect(lambda key: key == label_store.SAVER_KEY and is_saved.set())
    store.changed.connect(lambda _keys: shown.append(store.label("ant/0.png")))
    session.saver.submit("before", tmp_path / "before", lambda: (looks.wait(60), b"")[1])
    store.set_label(["ant/0.png"], "bee")
    store.look()
    looks.set()
    saved(session, owner)
    owner.until(lambda: not old and not store.busy)
    assert shown == ["bee"]


def test_a_table_that_cannot_be_read_is_never_written(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = make_folder(tmp_path / "insects")
    (folder / "labels.csv").write_text("one,two\n1,2\n", encoding="utf-8")
    session, store = opened(folder, open_session, owner)
    assert store.problem
    with pytest.raises(WorkbenchError, match="could not be read"):
        store.set_label(["new.png"], "bee")
    saved(session, owner)
    assert (folder / "labels.csv").read_text(encoding="utf-8") == "one,two\n1,2\n"
    assert session.undo.undo_text is None


def test_a_first_label_makes_the_folder_a_project_of_this_task(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = make_folder(tmp_path / "insects")
    session, store = opened(folder, open_session, owner)
    store.set_label(["new.png"], "bee")
    saved(session, owner)
    assert 'task = "image-classification"' in (folder / "workbench.toml").read_text("utf-8")


GOOD = b"file,label\nant/0.png,bee\nbee/0.png,ant\n"


@pytest.mark.parametrize("damaged", [b'file,label\nant/0.png,"bee\nbee/0.png,ant\n', b"", b"\0\1"],
                         ids=["a quotation mark", "empty", "garbage"])
def test_a_table_that_another_program_damages_is_left_and_a_label_waits(
        tmp_path: Path, open_session: Open, owner: Owner, damaged: bytes) -> None:
    folder = make_folder(tmp_path / "insects")
    (folder / "labels.csv").write_bytes(GOOD)
    session, store = opened(folder, open_session, owner)
    (folder / "labels.csv").write_bytes(damaged)
    store.set_label(["new.png"], "bee")
    owner.until(lambda: bool(store.problem) and session.saver.state == "failed")
    assert (folder / "labels.csv").read_bytes() == damaged
    assert "Nothing was changed" in str(session.saver.last_error)
    assert "labels.csv could not be read" in str(session.saver.last_error)
    assert (store.label("ant/0.png"), store.label("new.png")) == ("bee", "bee"), "shown further on"
    with pytest.raises(WorkbenchError, match=r"Nothing was changed\."):
        store.set_label(["ant/1.png"], "bee")
    (folder / "labels.csv").write_bytes(GOOD + b"bee/1.png,ant\n")
    owner.ready(session)
    session.index.refresh()
    owner.until(lambda: not store.problem and session.saver.state == "saved")
    assert (folder / "labels.csv").read_bytes() == GOOD + b"bee/1.png,ant\nnew.png,bee\n"
    assert store.label("bee/1.png") == "ant" and not session.problems


def test_a_label_that_waits_for_a_damaged_table_is_saved_in_a_new_one_where_it_is_moved_away(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = make_folder(tmp_path / "insects")
    (folder / "labels.csv").write_bytes(GOOD)
    session, store = opened(folder, open_session, owner)
    (folder / "labels.csv").write_bytes(b"")
    store.set_label(["new.png"], "bee")
    owner.until(lambda: bool(store.problem) and session.saver.state == "failed")
    (folder / "labels.csv").rename(folder / "old.csv")
    session.saver.retry()
    owner.until(lambda: not store.problem and session.saver.state == "saved")
    assert table(folder) == ["file,label", "new.png,bee"]


@pytest.mark.parametrize(("head", "one", "two", "more"), [
    ("label", "bee", "ant", "bee"), ("tags", "a;b", "c", "a;c"), ("number", "3", "4.5", "7")])
def test_all_that_is_known_goes_into_a_new_table_where_one_starts_anew(
        tmp_path: Path, open_session: Open, owner: Owner, head: str, one: str, two: str,
        more: str) -> None:
    folder = make_folder(tmp_path / "insects")
    (folder / "labels.csv").write_text(f"file,{head}\nant/0.png,{one}\nbee/0.png,{two}\n", "utf-8")
    session, store = opened(folder, open_session, owner)
    with pytest.raises(UsageError):
        store.start_anew()
    (folder / "labels.csv").write_bytes(b"\0\1")
    store.set_labels({"new.png": more}, "label")
    owner.until(lambda: bool(store.problem) and session.saver.state == "failed")
    aside = store.start_anew()
    # the table is written, and read again
    owner.until(lambda: not store.problem and session.saver.state == "saved"
                and store.label("new.png") == more)
    assert aside.read_bytes() == b"\0\1"
    rows = {f"new.png,{more}", f"ant/0.png,{one}", f"bee/0.png,{two}"}
    assert table(folder)[0] == f"file,{head}" and rows <= set(table(folder)[1:])
    assert read_labels(folder).kind == store.kind


def test_a_label_that_was_taken_off_stays_off_where_one_starts_anew(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = make_folder(tmp_path / "insects")
    (folder / "labels.csv").write_bytes(GOOD + b"bee/1.png,\n")
    session, store = opened(folder, open_session, owner)
    known = store.labels()
    assert known["bee/0.png"] == "ant" and "bee/1.png" not in known
    (folder / "labels.csv").write_bytes(b"\0\1")
    owner.ready(session)
    session.index.refresh()
    owner.until(lambda: store.damaged)
    store.start_anew()
    owner.until(lambda: not store.problem and session.saver.state == "saved")
    assert store.labels() == known == read_labels(folder).labels
    assert "bee/1.png," in table(folder)


def test_a_table_that_was_damaged_only_for_a_moment_is_as_before(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = make_folder(tmp_path / "insects")
    (folder / "labels.csv").write_bytes(GOOD)
    session, store = opened(folder, open_session, owner)
    owner.ready(session)
    for data in (b"", GOOD):
        (folder / "labels.csv").write_bytes(data)
        session.index.refresh()
        owner.until(lambda data=data: bool(store.problem) is not bool(data))  # type: ignore[misc]
        assert store.label("ant/0.png") == "bee"
    store.set_label(["new.png"], "bee")
    saved(session, owner)
    assert (folder / "labels.csv").read_bytes() == GOOD + b"new.png,bee\n"


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text elsewhere")
def test_of_an_image_whose_name_is_not_utf8_only_its_own_label_is_refused(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = make_folder(tmp_path / "insects")
    odd = os.fsdecode(b"K\xe4fer.png")
    (folder / "new.png").rename(folder / odd)
    session, store = opened(folder, open_session, owner)
    with pytest.raises(WorkbenchError, match=r"K\?fer\.png.*labels\.csv.*rename the file"):
        store.set_label([odd], "bee")
    assert session.undo.undo_text is None and not store.label(odd)
    assert store.set_label([odd, "ant/0.png"], "bee") == 1
    assert [problem.kind for problem in session.problems] == ["unwritable-name"]
    store.set_label(["ant/1.png"], "bee")
    saved(session, owner)
    assert table(folder) == ["file,label", "ant/0.png,bee", "ant/1.png,bee"]
    (folder / odd).rename(folder / "Käfer.png")
    owner.ready(session)
    session.index.refresh()
    owner.until(lambda: not session.problems)
    store.set_label(["Käfer.png"], "bee")
    saved(session, owner)
    assert table(folder)[-1] == "Käfer.png,bee"


@pytest.mark.parametrize(("old", "label", "new"), [
    ("file,label\n0.png,a\n./0.png,a\n1.png,b\n", "b", "file,label\n0.png,b\n./0.png,b\n1.png,b\n"),
    ("file,tags\n0.png,a\n./0.png,b\n1.png,b\n", "a",
     "file,tags\n0.png,a\n./0.png,a\n1.png,b\n"),
], ids=["classes", "tags"])
def test_a_label_goes_into_all_rows_of_an_image_however_they_write_it(
        tmp_path: Path, open_session: Open, owner: Owner, old: str, label: str, new: str) -> None:
    folder = tmp_path / "insects"
    add_image(folder, "0.png", 0)
    add_image(folder, "1.png", 1)
    (folder / "labels.csv").write_bytes(old.encode())
    session, store = opened(folder, open_session, owner)
    store.set_label(["0.png"], label)
    saved(session, owner)
    assert (folder / "labels.csv").read_bytes() == new.encode()
    again = LabelStore(session)
    owner.until(lambda: again.ready)
    assert again.label("0.png") == label
    session.undo.undo()
    saved(session, owner)
    assert (folder / "labels.csv").read_bytes() == old.encode()


@pytest.mark.skipif(sys.platform == "win32", reason="a backslash separates folders there")
def test_a_backslash_in_the_name_of_a_file_is_part_of_it_where_there_is_such_a_file(
        tmp_path: Path, open_session: Open, owner: Owner) -> None:
    folder = tmp_path / "insects"
    odd = "set\\1.png"
    for number, name in enumerate((odd, "set/1.png", "set/2.png")):
        add_image(folder, name, number)
    (folder / "labels.csv").write_bytes(b"file,label\nset\\2.png,bee\n")
    session, store = opened(folder, open_session, owner)
    for label in ("ant", "wasp"):
        store.set_label([odd], label)
        saved(session, owner)
    store.set_label(["set/1.png", "set/2.png"], "fly")
    saved(session, owner)
    assert table(folder) == [
        "file,label", "set\\2.png,fly", "set\\1.png,wasp", "set/1.png,fly"]
    again = LabelStore(session)
    owner.until(lambda: again.ready)
    assert again.labels() == {odd: "wasp", "set/1.png": "fly", "set/2.png": "fly"}
    assert not session.problems
    plan = plan_moves(folder)
    move_images(folder, plan.moves)
    assert read_labels(folder).counts() == {"wasp": 1, "fly": 2}
    move_images(folder, plan.moves.back())
    assert read_labels(folder).labels == again.labels()


@pytest.mark.parametrize("rename", [True, False])
def test_images_keep_the_class_of_their_folder_where_that_of_most_others_is_changed(
        tmp_path: Path, open_session: Open, owner: Owner, rename: bool) -> None:
    for number in range(8):
        add_image(tmp_path, f"{'fox' if number < 6 else 'deer'}/{number}.png", number)
    session, store = opened(tmp_path, open_session, owner)
    if rename:
        store.rename_class("fox", "red fox")
    else:
        store.remove_class("fox")
    saved(session, owner)
    found = read_labels(tmp_path)
    assert found.labels == store.labels() and found.labels["deer/7.png"] == "deer"
    assert len(found.labels) == (8 if rename else 2)
    session.undo.undo()
    saved(session, owner)
    assert read_labels(tmp_path).labels == store.labels()
