"""Whatever a person does in whatever order: the disk follows, and undo leads back exactly."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.project.helpers import Owner, add_image, box, labelled
from workbench.core.errors import UsageError
from workbench.formats.voc import read_voc
from workbench.project.session import Session

KEYS = ("0.png", "1.png", "2.png", "3.png")
LABELS = st.sampled_from("abcd")
STEPS = st.lists(st.one_of(
    st.tuples(st.just("draw"), st.sampled_from(KEYS), LABELS),
    st.tuples(st.just("delete"), st.sampled_from(KEYS), st.just("")),
    st.tuples(st.just("verify"), st.sampled_from(KEYS), st.just("")),
    st.tuples(st.just("rename"), LABELS, LABELS),
    st.tuples(st.just("remove"), LABELS, st.just("")),
    st.tuples(st.just("add"), LABELS, st.just("")),
    st.tuples(st.just("open"), st.sampled_from(KEYS), st.just("")),
    st.tuples(st.sampled_from(["undo", "redo", "settle"]), st.just(""), st.just("")),
), max_size=14)


def take(session: Session, owner: Owner, name: str, first: str, second: str) -> None:
    if name == "settle":
        owner.settled(session)
        return
    if name == "undo":
        session.undo.undo()
    elif name == "redo":
        session.undo.redo()
    elif name == "add":
        session.add_class(first)
    elif name in ("rename", "remove"):
        try:
            if name == "rename":
                session.rename_class(first, second)
            else:
                session.remove_class(first)
        except UsageError:
            assert first not in session.classes
    else:
        annotation = session.document(first).annotation
        if name == "draw":
            session.edit(first, (*annotation.objects, box(second)), "draw")
        elif name == "delete":
            session.edit(first, annotation.objects[1:], "delete")
        elif name == "verify":
            session.set_verified(first, not annotation.verified)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.xml"))}


def settle(session: Session, owner: Owner) -> None:
    owner.settled(session)
    done: list[bool] = []
    session.index.when_settled(lambda: done.append(True))
    owner.until(lambda: bool(done))


def check(session: Session, folder: Path) -> None:
    """Disk, documents, counts and classes say the same."""
    counts: Counter[str] = Counter()
    for key in KEYS:
        path = (folder / key).with_suffix(".xml")
        on_disk = read_voc(path).annotation if path.exists() else None
        shown = session.document(key).annotation
        assert [(i.label, i.box) for i in shown.objects] == (
            [(i.label, i.box) for i in on_disk.objects] if on_disk else [])
        assert shown.verified == (on_disk.verified if on_disk else False)
        counts.update(shown.counts())
    assert session.index.class_counts() == counts
    assert set(counts) <= set(session.classes)


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_any_steps(steps: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, owner = Path(name), Owner()
        for key, labels in zip(KEYS, ("ab", "aacb", "b"), strict=False):
            path = labelled(folder, key, labels)
            path.write_bytes(path.read_bytes().replace(b"</pose>", b"</pose><mine/>"))
        add_image(folder, KEYS[3])
        original = contents(folder)
        session = Session.open(folder, post=owner.post)
        try:
            owner.ready(session)
            classes = session.classes.names
            for step in steps:
                take(session, owner, *step)
            settle(session, owner)
            check(session, folder)
            after, later = contents(folder), session.classes.names
            undone = 0
            while session.undo.undo_text is not None:
                session.undo.undo()
                undone += 1
            settle(session, owner)
            assert contents(folder) == original and session.classes.names == classes
            check(session, folder)
            for _ in range(undone):
                session.undo.redo()
            settle(session, owner)
            assert contents(folder) == after and session.classes.names == later
            check(session, folder)
            assert not session.problems
        finally:
            session.close(timeout=60)
