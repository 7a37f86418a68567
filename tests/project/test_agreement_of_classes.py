"""Two people's classes of the same images are compared, and what differs is settled."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.helpers import Owner
from tests.support.tiny_pictures import make_pictures
from workbench.core.errors import Problem
from workbench.project.agreement import compare_labels
from workbench.project.disagreements import differences
from workbench.project.manifest import Manifest
from workbench.project.mending import mend
from workbench.project.session import Session
from workbench.tasks.image_classification.label_store import LabelStore, labels_of

Open = Callable[[Path], Session]
KIND = "image-classification"


def sorted_by_two(tmp_path: Path) -> tuple[Path, Path]:
    own = make_pictures(tmp_path / "ada", each=2)
    other = Path(shutil.copytree(own, tmp_path / "bob"))
    for folder in (own, other):
        Manifest(folder.name, task=KIND).save(folder)
    (own / "dots" / "0.png").rename(own / "new.png")  # without a class here
    shutil.copy(own / "new.png", other / "dots" / "new.png")
    (other / "dots" / "0.png").unlink()
    (own / "stripes" / "1.png").rename(own / "stripes" / "q.png")
    (other / "stripes" / "1.png").rename(other / "waves" / "q.png")  # another one there
    return own, other


def ready(session: Session, owner: Owner) -> LabelStore:
    labels = labels_of(session)
    owner.until(lambda: labels.ready)
    return labels


def test_classes_of_images_are_compared_and_settled(
        tmp_path: Path, owner: Owner, open_ready: Open) -> None:
    own, other = sorted_by_two(tmp_path)
    found = compare_labels(own, other)
    assert (found.whole, len(found.images), list(found.labelled_there)) == (True, 5, ["new.png"])
    assert found.f1 == pytest.approx(0.8)
    told = {item.kind: item for item in differences(found, own, "“bob”")}
    assert told["other-class-of-image"].reason == "“stripes” here, “waves” in “bob”."
    session = open_ready(own)
    labels = ready(session, owner)
    for item in told.values():
        some: list[Problem] = [item]
        mend(session, some, lambda *_: None)
    assert (labels.label("new.png"), labels.label("stripes/q.png")) == ("dots", "waves")
    owner.finish(session)
    session.undo.undo()
    session.undo.undo()
    assert (labels.label("new.png"), labels.label("stripes/q.png")) == ("", "stripes")


def test_what_was_changed_since_stays(tmp_path: Path, owner: Owner, open_ready: Open) -> None:
    own, other = sorted_by_two(tmp_path)
    found = differences(compare_labels(own, other), own, "“bob”")
    session = open_ready(own)
    labels = ready(session, owner)
    labels.set_label(["new.png"], "waves")
    told: list[int] = []
    some: list[Problem] = [item for item in found if item.kind == "class-there"]
    mend(session, some, lambda mended, _is: told.append(len(mended)))
    assert labels.label("new.png") == "waves" and told == [0]


def test_tags_are_compared_one_by_one(tmp_path: Path, owner: Owner, open_ready: Open) -> None:
    own, other = (make_pictures(tmp_path / name, each=1) for name in ("ada", "bob"))
    for folder, tags in ((own, "wet;far"), (other, "wet;near")):
        (folder / "labels.csv").write_text(f"file,tags\ndots/0.png,{tags}\n")
        Manifest(folder.name, task=KIND, settings={KIND: {"kind": "tags"}}).save(folder)
    found = differences(compare_labels(own, other), own, "“bob”")
    assert sorted((item.kind, item.reason) for item in found if item.subject == "dots/0.png") == [
        ("tag-here", "“far”"), ("tag-there", "“near”")]
    session = open_ready(own)
    labels = ready(session, owner)
    for item in found:
        some: list[Problem] = [item]
        mend(session, some, lambda *_: None)
    assert set(labels.tags("dots/0.png")) == {"wet", "near"}
