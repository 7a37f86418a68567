"""A copy that comes back tells what only the other person changed since both had the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.project.helpers import Owner
from tests.project.test_agreement import SIZE, item, label
from tests.project.test_agreement_of_sounds import write
from tests.support.tiny_pictures import make_pictures
from workbench.cli import main
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.attributes import Attribute
from workbench.core.errors import Problem
from workbench.core.shapes import Box
from workbench.formats.voc import new_voc
from workbench.project.agreement import Agreement, compare_labels
from workbench.project.counting import read_places, remember_places
from workbench.project.disagreements import differences, with_settled
from workbench.project.handover.common import FILE, note_taken, read_handed_over
from workbench.project.handover.opening import unpack_project
from workbench.project.handover.packing import plan_handover, write_handover
from workbench.project.handover.sharing import shares_of, write_shares
from workbench.project.manifest import Manifest
from workbench.project.mending import mend
from workbench.project.session import Session
from workbench.tasks.image_classification.label_store import labels_of

Open = Callable[[Path], Session]


def handed(project: Path, out: Path, *, samples: bool = True) -> Path:
    write_handover(plan_handover(project), out, samples=samples)
    return out


def copy_of(project: Path, place: Path) -> Path:
    unpack_project(handed(project, place.with_suffix(".zip")), place)
    return place


def relabel(folder: Path, name: str, *objects: LabeledObject, verified: bool = False) -> None:
    (folder / name).with_suffix(".xml").write_bytes(new_voc(
        Annotation(objects, size=SIZE, verified=verified), image_path=folder / name))


def groups(found: Agreement) -> tuple[list[str], list[str], list[str]]:
    since = found.since
    assert since is not None
    return sorted(since.theirs), sorted(since.ours), sorted(since.both)


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """A project, and the copy that somebody made of its ZIP file."""
    own = tmp_path / "ada"
    for number, name in enumerate("abcdef"):
        label(own, f"{name}.png", item("cat", number, 0))
    label(own, "new.png")
    (own / "new.xml").unlink()
    Manifest("ada", classes=["cat", "dog"]).save(own)
    return own, copy_of(own, tmp_path / "bob")


def test_only_what_both_changed_is_asked_about(
        two: tuple[Path, Path], tmp_path: Path, owner: Owner, open_ready: Open) -> None:
    own, other = two
    relabel(other, "a.png", item("dog", 0, 0), item("cat", 20, 20), verified=True)
    relabel(other, "b.png")  # nothing is to be seen on it, they say
    relabel(other, "new.png", item("dog", 3, 3))
    relabel(own, "c.png", item("cat", 2, 0), item("dog", 30, 20))
    for folder, name in ((own, "dog"), (other, "bird")):
        relabel(folder, "d.png", item(name, 3, 0))
    back = handed(other, tmp_path / "back.zip", samples=False)
    found = compare_labels(own, back)
    assert groups(found) == (["a.png", "b.png", "new.png"], ["c.png"], ["d.png"])
    told = differences(found, own, "bob")
    assert [(one.kind, one.subject) for one in told] == [
        ("changed-there", "a.png"), ("changed-there", "b.png"), ("changed-there", "new.png"),
        ("other-class-there", "d.png")]
    assert [one.reason for one in told[:2]] == ["1 dog, 1 cat instead of 1 cat.", "1 cat removed."]
    session = open_ready(own)
    settled: list[Problem] = []
    session.edit("b.png", (item("dog", 9, 9),), "draw")  # meanwhile: it is not overwritten

    def report(some: Iterable[Problem], mended: bool) -> None:
        settled[:] = [*settled, *some] if mended else []

    mend(session, told[:3], report)
    owner.until(lambda: bool(settled))
    owner.finish(session)
    after = session.document("a.png").annotation
    assert ([one.label for one in after.objects], after.verified) == (["dog", "cat"], True)
    assert [one.label for one in session.document("b.png").annotation.objects] == ["dog"]
    assert groups(compare_labels(own, back))[0] == []
    session.undo.undo()
    owner.finish(session)
    assert session.document("a.png").annotation == Annotation(
        session.document("a.png").annotation.objects, size=SIZE)
    assert not (own / "new.xml").exists() and settled == []


def test_new_classes_bring_their_colours_and_attributes(
        two: tuple[Path, Path], owner: Owner, open_ready: Open) -> None:
    own, other = two
    theirs = Manifest.load(other)
    theirs.classes, theirs.colors = ["cat", "dog", "bird"], {"bird": "#123456", "cat": "#654321"}
    theirs.attributes = (Attribute("wings", "number", classes=("bird",)), Attribute("age"),
                         Attribute("unused"))
    theirs.save(other)
    relabel(other, "a.png", LabeledObject("bird", Box(0, 0, 5, 5), {"age": "old"}))
    session = open_ready(own)
    told = differences(compare_labels(own, other), own, "bob")
    mend(session, told, lambda _some, _mended: None)
    owner.until(lambda: "bird" in session.classes)
    owner.finish(session)
    assert (session.classes.color("bird"), session.classes.is_recolored("cat")) == (
        "#123456", False)
    assert [one.name for one in session.manifest.attributes] == ["wings", "age"]
    session.undo.undo()
    owner.finish(session)
    assert (session.classes.names, session.manifest.attributes) == (("cat", "dog"), ())


def test_figures_are_those_after_what_was_settled(two: tuple[Path, Path], tmp_path: Path) -> None:
    own, other = two
    relabel(other, "a.png", item("dog", 0, 0), item("cat", 20, 20))
    relabel(own, "b.png", item("dog", 1, 0))
    relabel(other, "b.png", item("bird", 1, 0))
    found = compare_labels(own, other)
    told = differences(found, own, "bob")
    assert found.f1 is not None and found.f1 < 0.8
    assert with_settled(found, told).f1 == 1
    order = [one["name"] for one in found.classes()]
    for one in told:  # rows do not change places as one after the other is settled
        left = [row["name"] for row in with_settled(found, [one]).classes()]
        assert left == [name for name in order if name in left]
    (own / "a.xml").write_bytes((other / "a.xml").read_bytes())
    (own / "b.xml").write_bytes((other / "b.xml").read_bytes())
    assert compare_labels(own, other).f1 == 1


def test_copies_go_back_and_forth(two: tuple[Path, Path], tmp_path: Path) -> None:
    own, other = two
    relabel(other, "a.png", item("dog", 0, 0))
    first = compare_labels(own, handed(other, tmp_path / "first.zip"))
    assert groups(first) == (["a.png"], [], [])
    assert first.since is not None
    (own / "a.xml").write_bytes((other / "a.xml").read_bytes())
    note_taken(own, {"a.png": first.since.digests["a.png"]}, {})
    relabel(own, "a.png", item("dog", 0, 0), item("dog", 20, 20))  # and goes on from there
    assert groups(compare_labels(own, tmp_path / "first.zip")) == ([], ["a.png"], [])
    assert groups(compare_labels(other, handed(own, tmp_path / "mine.zip"))) == (
        ["a.png"], [], [])
    note_taken(own, {}, {"a.png": first.since.digests["a.png"]})  # it was taken back
    assert groups(compare_labels(own, tmp_path / "first.zip"))[2] == ["a.png"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"labels": 3, "lineage": "x"}', "\x00"])
def test_without_a_common_state_all_is_asked_about(two: tuple[Path, Path], text: str) -> None:
    own, other = two
    relabel(other, "a.png", item("dog", 0, 0))
    (other / FILE).write_text(text)
    found = compare_labels(own, other)
    assert found.since is None
    assert [one.kind for one in differences(found, own, "bob")] == ["other-class-there"]


def test_another_project_has_no_common_state(two: tuple[Path, Path], tmp_path: Path) -> None:
    label(tmp_path / "cy", "a.png", item("cat", 0, 0))
    Manifest("cy", classes=["cat"]).save(tmp_path / "cy")
    handed(tmp_path / "cy", tmp_path / "cy.zip")
    assert compare_labels(two[0], tmp_path / "cy.zip").since is None


def test_copies_of_parts_know_of_their_own_part_alone(
        two: tuple[Path, Path], tmp_path: Path) -> None:
    own, _ = two
    shares = shares_of(plan_handover(own), 2, names=["Kim"])
    write_shares(shares, tmp_path / "part.zip")
    parts = [tmp_path / "kim", tmp_path / "lee"]
    for number, part in enumerate(parts, start=1):
        unpack_project(tmp_path / f"part-{number}.zip", part)
    assert [found.meant_for for part in parts if (found := read_handed_over(part))] == ["Kim", ""]
    relabel(parts[0], "a.png", item("dog", 0, 0))
    assert not (parts[0] / "f.png").exists()
    assert groups(compare_labels(own, handed(parts[0], tmp_path / "back.zip"))) == (
        ["a.png"], [], [])
    shutil.copy(own / "f.png", parts[0] / "f.png")  # which has come later
    shutil.copy(own / "f.xml", parts[0] / "f.xml")
    relabel(own, "f.png", item("dog", 9, 9))
    assert groups(compare_labels(own, parts[0])) == (["a.png"], ["f.png"], [])


def test_the_shell_says_who_changed_what(
        two: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    relabel(two[1], "a.png", item("dog", 0, 0))
    assert main(["agreement", str(two[0]), str(two[1])]) == 0
    assert "1 changed only there, 0 only here, 0 on both sides" in capsys.readouterr().out


def test_sounds_have_a_common_state(tmp_path: Path) -> None:
    own = tmp_path / "ada"
    for name in "abc":
        write(own, name, (0.1, 0.3, 500, 2000, "owl"))
    Manifest("ada", task="sound-classification", classes=["owl"]).save(own)
    other = copy_of(own, tmp_path / "bob")
    write(other, "a", (0.1, 0.3, 500, 2000, "fox"))
    write(own, "b", (0.1, 0.3, 500, 2000, "fox"))
    (other / "c.selections.txt").unlink()
    assert groups(compare_labels(own, other)) == (["a.wav", "c.wav"], ["b.wav"], [])


def test_sorted_images_have_a_common_state(
        tmp_path: Path, owner: Owner, open_ready: Open) -> None:
    own = make_pictures(tmp_path / "ada", each=2)
    shutil.rmtree(own / "waves")
    (own / "labels.csv").write_text(
        "file,label\ndots/0.png,one\ndots/1.png,one\nstripes/0.png,two\nstripes/1.png,two\n")
    Manifest("ada", task="image-classification").save(own)
    other = copy_of(own, tmp_path / "bob")
    (other / "labels.csv").write_text(
        "file,label\ndots/0.png,two\ndots/1.png,one\nstripes/0.png,two\nstripes/1.png,one\n")
    (own / "labels.csv").write_text(
        "file,label\ndots/0.png,one\ndots/1.png,two\nstripes/0.png,two\nstripes/1.png,six\n")
    found = compare_labels(own, other)
    assert groups(found) == (["dots/0.png"], ["dots/1.png"], ["stripes/1.png"])
    alone = compare_labels(own, handed(other, tmp_path / "back.zip", samples=False))
    assert groups(alone) == groups(found) and len(alone.images) == 4
    told = [one for one in differences(alone, own, "bob") if one.kind == "class-changed-there"]
    session = open_ready(own)
    labels = labels_of(session)
    owner.until(lambda: labels.ready)
    mend(session, told, lambda _some, _mended: None)
    assert labels.label("dots/0.png") == "two"
    session.undo.undo()
    assert labels.label("dots/0.png") == "one"


def test_lines_on_videos_go_along(tmp_path: Path) -> None:
    from workbench.evaluation.counting import CountingLine

    own = tmp_path / "ada"
    label(own, "a.png", item("cat", 0, 0))
    Manifest("ada").save(own)
    line = CountingLine("gate", ((0.0, 0.0), (5.0, 5.0)))
    for file in (own / "clip.mp4", tmp_path / "elsewhere.mp4"):
        remember_places(own, str(file), [line])
    other = copy_of(own, tmp_path / "bob")
    assert read_places(other) == {str(other / "clip.mp4"): (line,)}


def test_fractions_that_files_round_are_no_change(tmp_path: Path) -> None:
    from workbench.project.handover.common import digest

    one, two = (Annotation((LabeledObject("cat", Box(x, 2.0, 9.0, 9.0)),)) for x in (1.001, 1.0))
    assert digest(one) == digest(two) != digest(Annotation())


def test_classes_that_are_digits_are_told_from_counts(two: tuple[Path, Path]) -> None:
    own, other = two
    relabel(other, "a.png", item("7", 0, 0), item("dog", 20, 20))
    told = differences(compare_labels(own, other), own, "bob")
    assert [one.reason for one in told] == ["1 “7”, 1 dog instead of 1 cat."]


def test_what_both_noted_of_the_same_objects_is_listed(
        two: tuple[Path, Path], owner: Owner, open_ready: Open) -> None:
    own, other = two
    box = Box(*item("cat", 0, 0).box)
    relabel(own, "a.png", LabeledObject("cat", box, {"age": "young"}))
    relabel(other, "a.png", LabeledObject("cat", box, {"age": "old"}))
    found = compare_labels(own, other)
    told = differences(found, own, "bob")
    assert groups(found) == ([], [], ["a.png"])
    assert [(one.kind, one.subject) for one in told] == [("noted-there", "a.png")]
    session = open_ready(own)
    mend(session, told, lambda _some, _mended: None)
    owner.until(lambda: session.document("a.png").annotation.objects[0].attributes
                == {"age": "old"})
    session.undo.undo()
    assert session.document("a.png").annotation.objects[0].attributes == {"age": "young"}
    owner.finish(session)
