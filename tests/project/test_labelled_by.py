"""Who labelled what is noted where people say their names, and nowhere else."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.helpers import Owner
from tests.project.test_agreement import item, label
from tests.project.test_agreement_of_sounds import write
from tests.project.test_two_copies import copy_of, relabel
from tests.support.tiny_pictures import make_pictures
from workbench.cli import main
from workbench.core.shapes import Region
from workbench.project.agreement import compare_labels
from workbench.project.disagreements import differences
from workbench.project.labelled_by import (
    Credit,
    LabelledBy,
    credits_text,
    known_credits,
    labelled_by_of,
)
from workbench.project.layout import LABELLED_BY
from workbench.project.manifest import Manifest
from workbench.project.mending import mend
from workbench.project.session import Session
from workbench.tasks.image_classification.label_store import labels_of

Open = Callable[[Path], Session]
HEAD = "file,person,labelled,verified\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "ada"
    for name in ("a.png", "b.png"):
        label(folder, name, item("cat", 0, 0))
    Manifest("ada", classes=["cat", "dog"]).save(folder)
    return folder


def named(session: Session, owner: Owner, person: str) -> LabelledBy:
    found = labelled_by_of(session)
    found.person = person
    owner.until(lambda: not found._worker.busy)
    owner.drain()
    return found


def people(folder: Path) -> dict[str, list[tuple[str, bool, bool]]]:
    return {key: [(one.person, bool(one.labelled), bool(one.verified)) for one in some]
            for key, some in known_credits(folder).items()}


def test_nothing_is_noted_without_a_name(project: Path, owner: Owner, open_ready: Open) -> None:
    session = open_ready(project)
    named(session, owner, "")
    session.edit("a.png", (item("dog", 0, 0),), "draw")
    owner.finish(session)
    assert not (project / LABELLED_BY).exists()


def test_who_labels_and_verifies_is_noted_and_goes_with_undo(
        project: Path, owner: Owner, open_ready: Open) -> None:
    before = (project / "b.xml").read_bytes()
    session = open_ready(project)
    found = named(session, owner, "Kim")
    session.edit("a.png", (item("dog", 0, 0),), "draw")
    session.set_verified("b.png", True)
    owner.finish(session)
    assert people(project) == {"a.png": [("Kim", True, False)], "b.png": [("Kim", False, True)]}
    found.person = "Lee"
    session.edit("a.png", (item("cat", 5, 5),), "draw")
    assert (found.labeller("a.png"), found.people()) == ("Lee", ["Kim", "Lee"])
    session.undo.undo()
    session.undo.undo()
    session.undo.undo()
    owner.finish(session)
    assert (project / "b.xml").read_bytes() == before
    assert not (project / LABELLED_BY).exists()
    session.rename_class("cat", "kitty")  # changes files, and labels nothing
    owner.finish(session)
    assert not (project / LABELLED_BY).exists()


def test_two_windows_keep_each_others_lines(
        project: Path, owner: Owner, open_ready: Open) -> None:
    session = open_ready(project)
    found = named(session, owner, "Kim")
    (project / LABELLED_BY).write_text(HEAD + "b.png,Lee,2026-01-02,\n")
    session.edit("a.png", (item("dog", 0, 0),), "draw")
    owner.until(lambda: set(people(project)) == {"a.png", "b.png"})
    assert found.labeller("b.png") == "Lee"


def test_a_table_that_cannot_be_read_stays(
        project: Path, owner: Owner, open_ready: Open) -> None:
    (project / LABELLED_BY).write_bytes(b"\xff\xfe mine")
    session = open_ready(project)
    found = named(session, owner, "Kim")
    session.edit("a.png", (item("dog", 0, 0),), "draw")
    owner.finish(session)
    assert found.problem and (project / LABELLED_BY).read_bytes() == b"\xff\xfe mine"
    assert "unreadable-names" in {one.kind for one in session.problems}
    (project / LABELLED_BY).write_text(HEAD + "b.png,Lee,2026-01-02,\n")  # it is repaired
    found.look()
    owner.until(lambda: found.labeller("b.png") == "Lee")
    assert "unreadable-names" not in {one.kind for one in session.problems}


def test_labels_that_are_taken_are_those_of_the_other_person(
        project: Path, tmp_path: Path, owner: Owner, open_ready: Open) -> None:
    other = copy_of(project, tmp_path / "bob")
    relabel(other, "a.png", item("dog", 0, 0))
    (other / LABELLED_BY).write_text(HEAD + "a.png,Bob,2026-01-02,\n")
    session = open_ready(project)
    named(session, owner, "Kim")
    found = compare_labels(project, other)
    assert found.people == {"a.png": "Bob"}
    mend(session, differences(found, project, "bob"), lambda _some, _mended: None)
    owner.until(lambda: (project / LABELLED_BY).is_file())
    owner.finish(session)
    assert known_credits(project) == {"a.png": (Credit("Bob", "2026-01-02"),)}
    session.undo.undo()
    owner.finish(session)
    assert not (project / LABELLED_BY).exists()


def test_sounds_and_classes_have_the_same_table(
        tmp_path: Path, owner: Owner, open_ready: Open) -> None:
    sounds = tmp_path / "sounds"
    write(sounds, "a", (0.1, 0.3, 500, 2000, "owl"))
    Manifest("sounds", task="sound-classification", classes=["owl"]).save(sounds)
    table = (sounds / "a.selections.txt").read_bytes()
    session = open_ready(sounds)
    named(session, owner, "Kim")
    owner.until(lambda: session.sounds.row("a.wav") is not None)
    regions = session.sounds.document("a.wav").annotation.objects
    session.sounds.edit("a.wav", (*regions, regions[0].with_shape(Region(0.5, 0.6))), "draw")
    owner.finish(session)
    assert people(sounds) == {"a.wav": [("Kim", True, False)]}
    assert (sounds / "a.selections.txt").read_bytes().splitlines()[:2] == table.splitlines()[:2]
    pictures = make_pictures(tmp_path / "pictures", each=2)
    Manifest("pictures", task="image-classification").save(pictures)
    session = open_ready(pictures)
    named(session, owner, "Kim")
    labels = labels_of(session)
    owner.until(lambda: labels.ready)
    labels.set_label(["dots/0.png"], "waves")
    owner.finish(session)
    assert people(pictures) == {"dots/0.png": [("Kim", True, False)]}
    labels.rename_class("stripes", "lines")
    owner.finish(session)
    assert people(pictures) == {"dots/0.png": [("Kim", True, False)]}


def test_names_of_all_kinds_come_back_as_they_were(tmp_path: Path) -> None:
    names = ("Zoë, of A", '=1+"2"', "李 明")
    credits = {"a,b.png": tuple(Credit(name, "2026-01-02") for name in names)}
    text = credits_text(credits)
    assert text is not None
    (tmp_path / LABELLED_BY).write_bytes(b"\xef\xbb\xbf" + text)
    assert known_credits(tmp_path) == credits and credits_text({}) is None


def test_statistics_and_agreement_name_the_people(
        project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = copy_of(project, tmp_path / "bob")
    relabel(other, "b.png", item("dog", 0, 0))
    for folder in (project, other):
        (folder / LABELLED_BY).write_text(
            HEAD + "a.png,Kim,2026-01-02,\nb.png,Kim,2026-01-02,\nb.png,Lee,2026-01-03,\n")
    assert main(["stats", str(project), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert figures["people"]["counts"] == {"Kim": 1, "Lee": 1}
    by_day = figures["people-days"]
    assert (by_day["rows"], by_day["columns"], by_day["counts"]) == (
        ["Kim", "Lee"], ["2026-01-02", "2026-01-03"], [[2, 0], [0, 1]])
    assert {name: (found.images, found.f1) for name, found in compare_labels(
        project, other).by_person().items()} == {"Kim": (["a.png"], 1), "Lee": (["b.png"], 0)}
    assert main(["agreement", str(project), str(other)]) == 0
    assert "labelled there by" in capsys.readouterr().out


def test_a_project_is_handed_over_without_names(project: Path, tmp_path: Path) -> None:
    (project / LABELLED_BY).write_text(HEAD + "a.png,Kim,2026-01-02,\n")
    for name, more in (("all", []), ("public", ["--anonymous"]),
                       ("part", ["--anonymous", "--people", "2"])):
        out = tmp_path / f"{name}.zip"
        assert main(["pack", str(project), "--out", str(out), *more]) == 0
        files = [out] if out.is_file() else [tmp_path / f"{name}-{at}.zip" for at in (1, 2)]
        for file in files:
            with zipfile.ZipFile(file) as packed:
                said = b"".join(packed.read(one) for one in packed.namelist())
            assert (b"Kim" in said) == (name == "all") and b"cat" in said
