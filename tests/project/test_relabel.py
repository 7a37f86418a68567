"""Renaming, merging and removing classes in every file of a project."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.helpers import Owner, add_image, add_labels, box, labelled
from workbench.core.attributes import Attribute
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.skeletons import Skeleton
from workbench.formats.voc import read_voc
from workbench.project.declared_attributes import declare_attributes, declare_skeletons
from workbench.project.manifest import Manifest
from workbench.project.open_project import StepOutcome
from workbench.project.session import Session

Open = Callable[[Path], Session]
COUNT = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Thirty images: all with a cat, every third with a dog besides."""
    for number in range(COUNT):
        dogs = ["dog"] if number % 3 == 0 else []
        path = labelled(tmp_path, f"{number}.png", ["cat", *dogs])
        path.write_bytes(path.read_bytes() + b"<!-- kept -->\n")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.xml"))}


def names(folder: Path, number: int) -> list[str]:
    return [i.label for i in read_voc(folder / f"{number}.xml").annotation.objects]


def finish(owner: Owner, session: Session) -> None:
    owner.until(lambda: session.saver.state != "saving")
    done: list[bool] = []
    session.index.when_settled(lambda: done.append(True))
    owner.until(lambda: bool(done))


def test_a_rename_reaches_every_file_and_is_one_step(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    before = contents(folder)
    session = open_session(folder)
    owner.ready(session)
    session.set_class_color("cat", "#010203")
    session.document("3.png")
    progress: list[tuple[int, int]] = []
    reports: list[StepOutcome] = []
    session.progress.connect(lambda text, done, total: progress.append((done, total)))
    session.step_finished.connect(reports.append)
    session.rename_class("cat", "tiger")
    assert session.classes.names == ("tiger", "dog") and session.saver.state == "saving"
    assert [i.label for i in session.document("3.png").annotation.objects] == ["tiger", "dog"]
    finish(owner, session)
    assert all(names(folder, n)[0] == "tiger" for n in range(COUNT))
    assert session.index.class_counts() == {"tiger": COUNT, "dog": 10}
    assert session.classes.names == ("tiger", "dog") and session.classes.color("tiger") == "#010203"
    assert reports[0].text == "rename cat to tiger" and reports[0].changed == COUNT
    assert progress[-1] == (COUNT - 1, COUNT - 1), "one document was open"
    assert contents(folder) == {
        name: data.replace(b"<name>cat</name>", b"<name>tiger</name>")
        for name, data in before.items()
    }
    session.undo.undo()
    assert session.classes.names == ("cat", "dog") and session.classes.color("cat") == "#010203"
    finish(owner, session)
    assert contents(folder) == before
    assert session.index.class_counts() == {"cat": COUNT, "dog": 10}
    session.undo.redo()
    finish(owner, session)
    assert all(names(folder, n)[0] == "tiger" for n in range(COUNT))
    assert session.close()
    assert Manifest.load(folder).classes == ["tiger", "dog"]


def test_key_points_go_with_the_name_of_their_class(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    table = ('[keypoints.cat]\npoints = ["nose",  "tail"]  # two\n'
             'lines = [["nose", "tail"]]\n')
    (folder / "workbench.toml").write_text(f'classes = ["cat", "dog"]\n{table}')
    session = open_session(folder)
    owner.ready(session)
    session.set_class_color("dog", "#010203")
    finish(owner, session)
    assert table in (folder / "workbench.toml").read_text()
    session.rename_class("cat", "tiger")
    finish(owner, session)
    assert Manifest.load(folder).skeletons == {"tiger": Skeleton(("nose", "tail"), ((0, 1),))}
    session.undo.undo()
    finish(owner, session)
    assert list(Manifest.load(folder).skeletons) == ["cat"]
    assert session.close()


def test_a_merge_can_be_taken_apart_again(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    before = contents(folder)
    session = open_session(folder)
    owner.ready(session)
    session.rename_class("cat", "dog")
    finish(owner, session)
    assert session.classes.names == ("dog",) and names(folder, 0) == ["dog", "dog"]
    assert session.index.class_counts() == {"dog": COUNT + 10}
    # One document is opened, and so kept in memory, between doing and undoing.
    assert [i.label for i in session.document("0.png").annotation.objects] == ["dog", "dog"]
    session.undo.undo()
    finish(owner, session)
    assert contents(folder) == before and session.classes.names == ("cat", "dog")
    assert [i.label for i in session.document("0.png").annotation.objects] == ["cat", "dog"]
    session.undo.redo()
    finish(owner, session)
    assert names(folder, 0) == ["dog", "dog"] and session.classes.names == ("dog",)


def test_removing_a_class_takes_its_boxes_and_gives_them_back(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    before = contents(folder)
    session = open_session(folder)
    owner.ready(session)
    session.remove_class("cat")
    finish(owner, session)
    assert session.classes.names == ("dog",) and session.index.class_counts() == {"dog": 10}
    assert names(folder, 0) == ["dog"] and names(folder, 1) == []
    after = contents(folder)
    objects = session.document("0.png").annotation.objects
    session.edit("0.png", (*objects, box("cow")), "draw")
    finish(owner, session)
    edited = contents(folder)
    for expected in (after, before):
        session.undo.undo()
        finish(owner, session)
        assert contents(folder) == expected
    for expected in (after, edited):
        session.undo.redo()
        finish(owner, session)
        assert contents(folder) == expected
    assert session.classes.names == ("dog", "cow")


def test_undo_stops_a_rename_that_is_still_going_on(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    before = contents(folder)
    session = open_session(folder)
    owner.ready(session)
    session.rename_class("cat", "tiger")
    session.undo.undo()
    finish(owner, session)
    assert contents(folder) == before and session.classes.names == ("cat", "dog")
    session.undo.redo()
    session.undo.undo()
    session.undo.redo()
    finish(owner, session)
    assert all(names(folder, n)[0] == "tiger" for n in range(COUNT))


def test_two_renames_and_edits_that_overtake_each_other(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    before = contents(folder)
    session = open_session(folder)  # nothing is summarized yet
    session.document("1.png")
    owner.until(lambda: "cat" in session.classes and "dog" in session.classes)
    session.rename_class("cat", "tiger")
    session.rename_class("tiger", "lion")
    for number in (29, 15, 2):  # opened while the thread is at work
        objects = session.document(f"{number}.png").annotation.objects
        assert objects[0].label == "lion"
        session.edit(f"{number}.png", (*objects, box("cow")), "draw")
    finish(owner, session)
    owner.ready(session)
    assert all(names(folder, n)[0] == "lion" for n in range(COUNT))
    assert names(folder, 29) == ["lion", "cow"]
    assert session.index.class_counts() == {"lion": COUNT, "dog": 10, "cow": 3}
    assert sorted(session.classes) == ["cow", "dog", "lion"]
    for _ in range(5):
        session.undo.undo()
    finish(owner, session)
    assert contents(folder) == before


def test_a_second_rename_takes_over_from_one_that_is_going_on(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    session = open_session(folder)
    owner.ready(session)
    session.rename_class("cat", "tiger")
    session.rename_class("tiger", "lion")
    finish(owner, session)
    assert all(names(folder, n)[0] == "lion" for n in range(COUNT))
    assert session.classes.names == ("lion", "dog")


def test_a_class_that_is_gone_stays_away_while_old_files_are_still_read(
    tmp_path: Path, owner: Owner,
) -> None:
    """What was read between two steps is told only after the second."""
    labelled(tmp_path, "0.png", ["cat", "dog", "cow"])
    held: list[Callable[[], None]] = []
    holding = threading.Event()

    def post(what: Callable[[], None]) -> None:
        late = holding.is_set() and threading.current_thread().name == "media-index"
        (held.append if late else owner.post)(what)

    session = Session.open(tmp_path, post=post)
    finished: list[StepOutcome] = []
    session.step_finished.connect(finished.append)
    try:
        owner.ready(session)
        holding.set()
        session.remove_class("cow")
        owner.until(lambda: len(held) >= 2)  # the file as it is now, and that all is settled
        session.rename_class("cat", "dog")
        owner.until(lambda: len(finished) == 2)
        holding.clear()
        for what in held:
            owner.post(what)
        finish(owner, session)
        assert session.classes.names == ("dog",)
        assert session.index.class_counts() == {"dog": 2}
    finally:
        session.close(timeout=60)


def test_an_image_opened_as_two_renames_end_keeps_its_history(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    session = open_session(folder)
    owner.ready(session)
    session.rename_class("cat", "tiger")
    session.rename_class("tiger", "cat")
    assert session.saver.flush(60)  # all is written, and nobody has been told yet
    session.document("4.png")
    finish(owner, session)
    after = contents(folder)
    for again in (session.undo.undo, session.undo.redo):
        again()
        again()
        finish(owner, session)
        assert names(folder, 4) == ["cat"]
    assert contents(folder) == after


def test_a_step_that_is_redone_before_its_undo_is_told_reaches_every_file(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    session = open_session(folder)
    owner.ready(session)
    session.remove_class("dog")
    finish(owner, session)
    session.undo.undo()
    assert session.saver.flush(60)  # all dogs are back, and nobody has been told yet
    session.undo.redo()
    finish(owner, session)
    assert names(folder, 3) == ["cat"]
    assert session.classes.names == ("cat",)


def test_files_that_cannot_be_read_are_left_out_and_listed(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    broken = b"<annotation><object><name>cat</name></annotation>"
    (folder / "7.xml").write_bytes(broken)
    session = open_session(folder)
    owner.ready(session)
    reports: list[StepOutcome] = []
    session.step_finished.connect(reports.append)
    session.rename_class("cat", "tiger")
    finish(owner, session)
    (problem,) = reports[0].problems
    assert problem.path.endswith("7.xml") and "rename cat to tiger" in problem.reason
    assert problem in session.problems
    assert (folder / "7.xml").read_bytes() == broken and names(folder, 8) == ["tiger"]


def test_an_undo_leaves_alone_what_another_program_changed_since(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    session = open_session(folder)
    owner.ready(session)
    session.rename_class("cat", "tiger")
    finish(owner, session)
    add_labels(folder, "4.png", ["tiger", "theirs"])
    session.undo.undo()
    finish(owner, session)
    assert names(folder, 4) == ["tiger", "theirs"] and names(folder, 5) == ["cat"]
    assert [p.path.endswith("4.xml") for p in session.problems] == [True]


def test_a_label_that_came_back_becomes_a_class_again(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    session = open_session(folder)
    owner.ready(session)
    session.rename_class("cat", "tiger")
    session.edit("0.png", (box("cat"),), "draw")
    finish(owner, session)
    assert session.classes.names == ("tiger", "dog", "cat")
    assert session.index.class_counts()["cat"] == 1 and names(folder, 0) == ["cat"]


def test_a_class_that_came_back_for_a_moment_goes_again(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    session = open_session(folder)
    owner.ready(session)
    session.remove_class("cat")
    session.edit("0.png", (box("cat"),), "draw")
    session.undo.undo()
    session.add_class("cat")
    session.undo.undo()
    finish(owner, session)
    assert session.classes.names == ("dog",)
    session.undo.undo()
    finish(owner, session)
    assert session.classes.names == ("cat", "dog")


def test_wrong_names_are_refused(folder: Path, owner: Owner, open_session: Open) -> None:
    session = open_session(folder)
    owner.ready(session)
    with pytest.raises(UsageError, match="no class “cow”"):
        session.rename_class("cow", "ox")
    with pytest.raises(UsageError, match="needs a name"):
        session.rename_class("cat", " ")
    session.rename_class("cat", "cat")
    assert session.undo.undo_text is None


def test_nothing_begins_where_no_journal_can_be_kept(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    (tmp_path / ".workbench").write_text("in the way")
    before = contents(tmp_path)
    session = open_session(tmp_path)
    owner.ready(session)
    with pytest.raises(WorkbenchError):
        session.rename_class("cat", "tiger")
    assert session.classes.names == ("cat",) and session.undo.undo_text is None
    assert contents(tmp_path) == before


def test_closing_in_the_middle_goes_on_at_the_next_opening(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    for number in range(COUNT, 200):
        labelled(folder, f"{number}.png", ["cat"])
    session = open_session(folder)
    owner.ready(session)
    session.rename_class("cat", "tiger")
    assert session.close()
    left = [n for n in range(200) if names(folder, n)[0] == "cat"]
    assert left, "closing does not wait for all of it"
    again = open_session(folder)
    reports: list[StepOutcome] = []
    again.step_finished.connect(reports.append)
    owner.until(lambda: bool(reports))
    finish(owner, again)
    assert all(names(folder, n)[0] == "tiger" for n in range(200))
    assert again.classes.names == ("tiger", "dog")
    again.close()
    assert not list((folder / ".workbench").glob("steps*"))


KILLED = """
import os, queue, signal, sys
from pathlib import Path
from workbench.project.session import Session
todo = queue.Queue()
session = Session.open(Path(sys.argv[1]), post=todo.put)
while session.index.summarizing:
    todo.get()()
session.rename_class("cat", "tiger")
if sys.argv[2] == "undo":
    while session.saver.state == "saving":
        todo.get()()
writes = 0
real = os.replace
def replace(*arguments):
    global writes
    real(*arguments)
    writes += str(arguments[1]).endswith(".xml")
    if writes == 10:
        os.kill(os.getpid(), signal.SIGKILL)
os.replace = replace
if sys.argv[2] == "undo":
    session.undo.undo()
while True:
    todo.get()()
"""


@pytest.mark.parametrize("moment", ["do", "undo"])
def test_a_kill_in_the_middle_is_finished_at_the_next_opening(
    folder: Path, owner: Owner, open_session: Open, moment: str
) -> None:
    add_image(folder, "unlabelled.png")
    before = contents(folder)
    process = subprocess.run([sys.executable, "-c", KILLED, str(folder), moment],
                             capture_output=True, timeout=60)
    assert process.returncode == -9, process.stderr.decode()
    half = {names(folder, n)[0] for n in range(COUNT)}
    assert half == {"cat", "tiger"}
    session = open_session(folder)
    reports: list[StepOutcome] = []
    session.step_finished.connect(reports.append)
    owner.until(lambda: bool(reports))
    finish(owner, session)
    owner.ready(session)
    assert reports[0].text == {"do": "", "undo": "undo: "}[moment] + "rename cat to tiger"
    if moment == "do":
        assert all(names(folder, n)[0] == "tiger" for n in range(COUNT))
        assert session.classes.names == ("tiger", "dog")
    else:
        assert contents(folder) == before
        assert session.classes.names == ("cat", "dog")


def test_what_is_asked_of_a_class_is_asked_of_the_one_it_is_merged_into(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    session = open_session(folder)
    owner.ready(session)
    skeleton = Skeleton(("nose", "tail"))
    declare_skeletons(session, [("dog", skeleton)])
    asked = (Attribute("breed", "text", (), ("dog",)), Attribute("age", "number"))
    declare_attributes(session, asked)
    session.rename_class("dog", "cat")
    owner.finish(session)
    manifest = Manifest.load(folder)
    assert manifest.attributes == (asked[0]._replace(classes=("dog", "cat")), asked[1])
    assert manifest.skeletons == {"dog": skeleton, "cat": skeleton}
    session.undo.undo()
    owner.finish(session)
    manifest = Manifest.load(folder)
    assert manifest.attributes == asked and manifest.skeletons == {"dog": skeleton}
    session.undo.redo()
    owner.finish(session)
    assert Manifest.load(folder).skeletons == {"dog": skeleton, "cat": skeleton}
