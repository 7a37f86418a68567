"""The folder of an open project is renamed, or its disk goes and comes back."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.project.helpers import Owner, add_image, box, labelled, labels
from tests.project.test_sounds import beep
from workbench.core.annotation import LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Region
from workbench.formats.voc import read_voc
from workbench.project.edits.saver import Saver
from workbench.project.folder_identity import FolderIdentity
from workbench.project.session import Session

Open = Callable[[Path], Session]


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be saved is tried again at once."""
    monkeypatch.setattr("workbench.project.edits.saver.RETRY_SECONDS", 0.01)
    monkeypatch.setattr("workbench.project.edits.saver.LONGEST_RETRY", 0.01)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "pets"
    for name in ("a", "b", "c"):
        labelled(made, f"{name}.png", ["cat"])
    (made / "workbench.toml").write_text('name = "pets"\nclasses = ["cat"]\n')
    return made


def saved(path: Path) -> list[str]:
    return [item.label for item in read_voc(path).annotation.objects]


@pytest.mark.usefixtures("soon")
def test_a_renamed_folder_is_told_not_made_again_and_saved_to_when_it_is_back(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    session = open_session(folder)
    owner.ready(session)
    told: list[bool] = []
    session.folder_there_changed.connect(told.append)
    session.document("b.png")
    elsewhere = folder.rename(folder.with_name("animals"))
    session.edit("b.png", (box("cat"), box("dog")), "draw")
    owner.until(lambda: session.saver.state == "failed")
    assert session.saver.last_error is not None
    assert str(session.saver.last_error).startswith("The folder “pets” is gone: it was renamed")
    assert not folder.exists() and told == [False]
    assert [item.kind for item in session.problems] == ["folder-gone"]
    assert labels(session, "b.png") == ["cat", "dog"]
    session.index.refresh()
    owner.until(lambda: not session.index.summarizing)
    assert len(session.index) == 3, "the list stays"
    assert session.document("c.png").readonly_reason is not None, "it was not read before"
    elsewhere.rename(folder)
    owner.until(lambda: session.saver.state == "saved")
    assert saved(folder / "b.xml") == ["cat", "dog"]
    assert '"dog"' in (folder / "workbench.toml").read_text()
    assert told == [False, True] and not session.problems
    assert labels(session, "c.png") == ["cat"]


@pytest.mark.usefixtures("soon")
def test_nothing_is_written_into_a_bare_mount_point(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    session = open_session(folder)
    owner.ready(session)
    session.document("a.png")
    share = folder.rename(folder.with_name("share"))
    folder.mkdir()
    session.edit("a.png", (box("dog"),), "draw")
    owner.until(lambda: session.saver.state == "failed")
    session.saver.retry()
    session.close(10)
    assert not list(folder.iterdir())
    folder.rmdir()
    share.rename(folder)
    assert saved(folder / "a.xml") == ["cat"]


@pytest.mark.usefixtures("soon")
def test_what_another_program_wrote_meanwhile_is_asked_about(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    session = open_session(folder)
    owner.ready(session)
    session.document("a.png")
    conflicts: list[str] = []
    session.conflict.connect(lambda key, error: conflicts.append(key))
    elsewhere = folder.rename(folder.with_name("animals"))
    session.edit("a.png", (box("dog"),), "draw")
    owner.until(lambda: not session.folder_there)
    labelled(elsewhere, "a.png", ["bird"])
    elsewhere.rename(folder)
    owner.until(lambda: "a.png" in conflicts)
    assert saved(folder / "a.xml") == ["bird"]


def test_a_rename_of_a_class_stops_and_goes_on_later(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    session = open_session(folder)
    owner.ready(session)
    elsewhere = folder.with_name("animals")
    work = session.saver.run_task
    session.saver.run_task = lambda steps: (  # type: ignore[method-assign]
        folder.rename(elsewhere), work(steps))
    reports = []
    session.step_finished.connect(reports.append)
    session.rename_class("cat", "dog")
    owner.until(lambda: bool(reports))
    assert "was interrupted" in reports[0].problems[0].reason
    session.close(10)
    elsewhere.rename(folder)
    again = open_session(folder)
    again.step_finished.connect(reports.append)
    owner.until(lambda: len(reports) == 2)
    assert saved(folder / "a.xml") == saved(folder / "c.xml") == ["dog"]


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own."""
    point = tmp_path / "disk"
    point.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(point)], capture_output=True,
                          check=False)
    if done.returncode:
        pytest.skip("a disk can only be mounted by the administrator")
    yield point
    subprocess.run(["umount", "-l", str(point)], capture_output=True, check=False)


@pytest.mark.usefixtures("soon")
def test_a_disk_that_comes_back_with_another_number_is_the_same(
    mounted: Path, owner: Owner, open_session: Open, tmp_path: Path
) -> None:
    labelled(mounted, "a.png", ["cat"])
    session = open_session(mounted)
    owner.ready(session)
    session.edit("a.png", (box("cat"), box("dog")), "draw")
    owner.settled(session)
    files = [*sorted(mounted.glob("*.*l")), mounted / "a.png"]  # it is looked for: the last
    data = {path: path.read_bytes() for path in files}
    subprocess.run(["umount", "-l", str(mounted)], check=True)
    session.edit("a.png", (box("cat"), box("owl")), "draw")
    owner.until(lambda: session.saver.state == "failed")
    assert not list(mounted.iterdir())
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(mounted)], check=True)
    for path, content in data.items():
        path.write_bytes(content)
    owner.until(lambda: session.saver.state == "saved")
    assert saved(mounted / "a.xml") == ["cat", "owl"] and session.folder_there


def test_which_folder_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "x").touch()
    there = [True]
    identity = FolderIdentity(folder, lambda: there)
    assert identity.is_there()
    there[0] = False
    assert identity.is_there(), "it is the same and holds something else"
    (folder / "x").unlink()
    assert not identity.is_there(), "the number of a folder that was removed can be used again"
    folder.rename(tmp_path / "g")
    assert not identity.is_there()
    with pytest.raises(WorkbenchError):
        identity.require()
    folder.mkdir()
    (folder / "y").touch()
    assert not identity.is_there(), "another folder of its name"
    there[0] = True
    assert identity.is_there()


@pytest.mark.usefixtures("soon")
def test_what_could_not_be_saved_is_tried_again_by_itself(tmp_path: Path, owner: Owner) -> None:
    saver, states, failures, refuse = Saver(owner.post), [], [], [True]
    saver.state_changed.connect(lambda: states.append(saver.state))
    saver.failed.connect(lambda key, error: failures.append(str(error)))
    tries = []

    def content() -> bytes:
        tries.append(1)
        if refuse[0]:
            raise WorkbenchError("the disk is full")
        return b"1"

    saver.submit("a", tmp_path / "a", content)
    owner.until(lambda: len(tries) > 3 and saver.state == "failed")
    assert states.count("failed") == 1 and failures == ["the disk is full."], "told once"
    refuse[0] = False
    owner.until(lambda: saver.state == "saved")
    assert (tmp_path / "a").read_bytes() == b"1" and states[-2:] == ["failed", "saved"]
    saver.close(10)


def test_an_image_that_is_added_to_a_folder_that_was_empty(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    session = open_session(tmp_path)
    owner.ready(session)
    add_image(tmp_path, "a.png")
    session.index.refresh()
    owner.until(lambda: len(session.index) == 1)
    session.edit("a.png", (box("cat"),), "draw")
    owner.settled(session)
    assert session.saver.state == "saved" and saved(tmp_path / "a.xml") == ["cat"]


def test_a_class_rename_makes_nothing_where_the_folder_was(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    session = open_session(folder)
    owner.ready(session)
    elsewhere = folder.rename(folder.with_name("animals"))
    folder.mkdir()
    with pytest.raises(WorkbenchError, match="is gone"):
        session.rename_class("cat", "lynx")
    assert not list(folder.iterdir())
    folder.rmdir()
    elsewhere.rename(folder)
    session.rename_class("cat", "lynx")
    owner.settled(session)
    assert saved(folder / "a.xml") == ["lynx"]


@pytest.mark.usefixtures("soon")
def test_labels_of_sounds_wait_until_the_folder_is_back(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    folder = tmp_path / "birds"
    for name in ("a", "b", "c"):
        beep(folder / "audio" / f"{name}.wav")
    session = open_session(folder)
    owner.until(lambda: not session.sounds.scanning)
    sounds = session.sounds
    sounds.edit("audio/a.wav", [LabeledObject("owl", Region(0.0, 0.05))], "mark owl")
    owner.until(lambda: session.saver.state == "saved")
    elsewhere = folder.rename(tmp_path / "elsewhere")
    sounds.edit("audio/a.wav", [LabeledObject("owl", Region(0.0, 0.05)),
                                LabeledObject("wren", Region(0.05, 0.1))], "mark wren")
    with pytest.raises(WorkbenchError, match="The folder “birds” is gone"):
        sounds.set_label(["audio/b.wav"], "wren")  # it was never read
    sounds.changes.check()
    owner.until(lambda: session.saver.state == "failed" and not session.folder_there)
    assert not folder.exists()
    with pytest.raises(WorkbenchError, match="The folder “birds” is gone"):
        sounds.delete(["audio/c.wav"])
    assert not folder.exists(), "nothing is made where it was"
    assert [item.label for item in sounds.document("audio/a.wav").annotation.objects] == [
        "owl", "wren"]
    elsewhere.rename(folder)
    owner.until(lambda: session.saver.state == "saved" and session.folder_there)
    assert "wren" in (folder / "audio" / "a.selections.txt").read_text("utf-8")
    assert len(sounds) == 3, "a look at an empty place takes no sound out of the list"
    sounds.set_label(["audio/b.wav"], "wren")
    assert session.close(10)
    again = open_session(folder)
    owner.until(lambda: not again.sounds.scanning)
    assert again.sounds.document("audio/b.wav").annotation.objects[0].label == "wren"
