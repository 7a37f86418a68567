"""Two people's labels of the same sounds are compared, and what differs is settled."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.helpers import Owner
from tests.project.test_sounds import beep
from workbench.core.annotation import LabeledObject
from workbench.core.errors import Problem, UsageError
from workbench.core.shapes import Region
from workbench.project.agreement import compare_labels
from workbench.project.disagreements import differences
from workbench.project.mending import mend
from workbench.project.session import Session

Open = Callable[[Path], Session]
HEAD = "Selection\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tAnnotation\n"


def write(folder: Path, name: str, *rows: tuple[float, float, float, float, str]) -> None:
    beep(folder / f"{name}.wav", 1.0)
    lines = (f"{number}\t{start}\t{end}\t{low}\t{high}\t{label}\n"
             for number, (start, end, low, high, label) in enumerate(rows, start=1))
    if rows:
        (folder / f"{name}.selections.txt").write_text(HEAD + "".join(lines))


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    own, other = tmp_path / "ada", tmp_path / "bob"
    write(own, "night/a", (0.1, 0.3, 500, 2000, "owl"), (0.5, 0.7, 500, 2000, "owl"))
    write(other, "night/a", (0.1, 0.29, 500, 2000, "owl"), (0.5, 0.7, 500, 1900, "crow"),
          (0.8, 0.9, 500, 2000, "owl"))
    write(own, "night/b")
    write(other, "night/b", (0.2, 0.4, 100, 900, "fox"))
    write(other, "new", (0.2, 0.4, 100, 900, "fox"))
    return own, other


def test_regions_are_paired_in_time_and_frequency(two: tuple[Path, Path], tmp_path: Path) -> None:
    found = compare_labels(*two)
    assert (found.noun, found.images, list(found.labelled_there), found.not_here) == (
        "sound", ["night/a.wav"], ["night/b.wav"], 1)
    assert found.to_json()["differences"] == {"other_class": 1, "only_own": 0, "only_other": 1}
    assert [item.reason for item in differences(found, two[0], "“bob”")] == [
        "1 fox", "“owl” here, “crow” in “bob”.", "“owl”, 0.80 to 0.90 s."]
    tables = tmp_path / "tables"
    shutil.copytree(two[1], tables, ignore=shutil.ignore_patterns("*.wav"))
    alone = compare_labels(two[0], tables)  # as somebody sends only these
    assert (alone.images, list(alone.labelled_there)) == (found.images, ["night/b.wav"])
    assert alone.to_json()["differences"] == found.to_json()["differences"]
    packed = Path(shutil.make_archive(str(tmp_path / "bob's"), "zip", two[1]))
    assert compare_labels(two[0], packed).to_json() == found.to_json()


def test_what_differs_is_settled_as_steps_of_undo(
        two: tuple[Path, Path], owner: Owner, open_session: Open) -> None:
    session = open_session(two[0])
    owner.until(lambda: not session.sounds.scanning)
    found = differences(compare_labels(*two), two[0], "“bob”")

    def labels(key: str) -> list[tuple[str, float]]:
        return [(item.label, item.region.start)
                for item in session.sounds.document(key).annotation.objects]

    for kind in ("labelled-there", "other-class-there", "only-there"):
        some: list[Problem] = [item for item in found if item.kind == kind]
        mend(session, some, lambda *_: None)
    assert labels("night/a.wav") == [("owl", 0.1), ("crow", 0.5), ("owl", 0.8)]
    assert labels("night/b.wav") == [("fox", 0.2)]
    owner.finish(session)
    assert "fox" in (two[0] / "night" / "b.selections.txt").read_text()
    for _ in range(3):
        session.undo.undo()
    assert labels("night/b.wav") == [] and labels("night/a.wav") == [("owl", 0.1), ("owl", 0.5)]


def test_the_class_of_a_whole_sound_is_compared_too(tmp_path: Path) -> None:
    own, other = tmp_path / "ada", tmp_path / "bob"
    for folder, label in ((own, "owl"), (other, "crow")):
        write(folder, "a", (0, 1.0, 0, 4000, label))
    [pair] = compare_labels(own, other).pairs
    assert pair.own is not None and pair.other is not None
    assert (pair.own.label, pair.other.label) == ("owl", "crow")
    assert isinstance(pair.own, LabeledObject) and isinstance(pair.own.shape, Region)
    (tmp_path / "none").mkdir()
    with pytest.raises(UsageError, match="no labels of the sounds"):
        compare_labels(own, tmp_path / "none")
