"""What is done about differences between two people's labels, each as one step of undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.core.annotation import LabeledObject
from workbench.core.classes import class_name
from workbench.core.errors import Problem, WorkbenchError
from workbench.core.text import count, tr
from workbench.extension.registry import load
from workbench.extension.tasks import WholeLabels, tasks
from workbench.project.declared_attributes import declare_attributes, declare_skeletons
from workbench.project.edits.commands import ClassCommand
from workbench.project.labelled_by import labelled_by_of
from workbench.project.library.document import Instead
from workbench.project.task import task_of_folder

if TYPE_CHECKING:
    from workbench.project.disagreements import Disagreement
    from workbench.project.library.base import Library
    from workbench.project.library.document import Document, Labels
    from workbench.project.session import Session

Findings = Sequence[Problem]
Mended = Callable[[Findings], object]


def resolve(session: Session, findings: Findings, mended: Mended) -> None:
    """Take the other person's view of objects."""
    from workbench.project.disagreements import settled

    of_key: dict[str, list[Disagreement]] = {}
    for item in _disagreements(findings):
        if item.pair is not None:
            of_key.setdefault(item.pair.key, []).append(item)

    def change(document: Document) -> tuple[LabeledObject, ...]:
        pairs = [item.pair for item in of_key[document.key] if item.pair is not None]
        return settled(document.annotation.objects, pairs)

    session.library_of(next(iter(of_key))).change_many(
        of_key, change, tr("settle {differences}", differences=count(len(findings), "difference")),
        besides=lambda keys: _with_declared(
            session, [item for key in keys for item in of_key[key]], mended))


def take_labels(session: Session, findings: Findings, mended: Mended) -> None:
    """The other person's, of images that have no labels here still."""
    of_key = {item.key: item for item in _disagreements(findings)}

    def change(document: Document) -> Labels:
        theirs, own = of_key[document.key].labels, document.annotation.objects
        if own or theirs is None:
            return own
        return replace(theirs, objects=tuple(replace(item, source=None)
                                             for item in theirs.objects))

    _take_all(session, of_key, change, mended)


def take_classes(session: Session, findings: Findings, mended: Mended) -> None:
    """Of images as a whole: the other person's class, or that a tag is there or not. What was
    changed since it was compared stays."""
    labels = _whole_labels(session)
    if labels is None:
        mended(())
        return
    done: list[Disagreement] = []
    changes: dict[tuple[str, bool], list[str]] = {}  # by (class, whether it is toggled)
    for item in _disagreements(findings):
        here = labels.tags(item.subject)
        own, other = item.classes
        if (set(own) <= set(here) if own else not set(other) & set(here)) and (
                item.labels is None or not here):
            done.append(item)
            for name in other or own:
                toggled = labels.kind == "tags"
                changes.setdefault((name, toggled), []).append(item.subject)
    if done:
        _with_declared(session, done, mended)
    for (name, toggled), keys in changes.items():
        (labels.toggle_tag if toggled else labels.set_label)(keys, name)
    if not done:
        mended(done)


def _take_all(session: Session, of_key: Mapping[str, Disagreement],
              change: Callable[[Document], Labels], mended: Mended) -> None:
    library = session.library_of(next(iter(of_key)))
    library.change_many(
        of_key, change, tr("take the labels of {images}", images=count(
            len(of_key), library.noun)),
        besides=lambda keys: _with_declared(session, [of_key[key] for key in keys], mended))


def _with_declared(session: Session, items: Sequence[Disagreement], mended: Mended) -> None:
    """Tell that these are settled, after what the other project says of the classes that come with
    them: their colours, key points and attributes, as far as nobody says anything here."""
    mended(items)
    wholly = {item.key: item.credits for item in items if item.pair is None}
    if wholly:
        session.undo.push(ClassCommand(
            tr("take the labels of {images}", images=count(len(wholly), "sample")),
            lambda: None, lambda: labelled_by_of(session).give(wholly), lambda: None))
    there = next((item.there for item in items if item.there is not None), None)
    if there is None:
        return
    names = dict.fromkeys(class_name(name) for item in items for name in item.classes[1] if name)
    new = [name for name in names if name not in session.classes]
    said = {name for item in items for name in item.said}
    here = session.manifest
    known = {one.name for one in here.attributes}
    attributes = [one for one in there.attributes if one.name not in known and (
        one.name in said or not {*new}.isdisjoint(one.classes))]
    if new:
        _add_classes(session, new, there.colors)
    if attributes:
        declare_attributes(session, (*here.attributes, *attributes))
    skeletons = {name: there.skeletons[name] for name in new if name in there.skeletons}
    if skeletons:
        declare_skeletons(session, {**skeletons, **here.skeletons}.items())


def _add_classes(session: Session, names: Sequence[str], colors: Mapping[str, str]) -> None:
    retired: frozenset[str] = frozenset()

    def add() -> None:
        nonlocal retired
        retired = session.unretire(names)
        session.numbering.need(names)
        session.classes.add_all(names)
        for name in names:
            if name in colors:
                session.classes.set_color(name, colors[name])

    def remove() -> None:
        for name in reversed(names):
            session.classes.remove(name)
        session.retire_again(retired)

    session.undo.push(ClassCommand(tr("add {classes}", classes=count(len(names), "class")),
                                   session.person_changed, add, remove))


def _disagreements(findings: Findings) -> list[Disagreement]:
    from workbench.project.disagreements import Disagreement

    return [item for item in findings if isinstance(item, Disagreement)]


def _whole_labels(session: Session) -> WholeLabels | None:
    """Which classes the images of a project have as a whole, where they have some."""
    opener = tasks.get(task_of_folder(session.folder)).open_labels
    return load(opener)(session) if opener else None


def _as_compared(library: Library[Any], document: Document, item: Disagreement) -> bool:
    """Whether the labels of a sample here are those that were compared, or their like on disk."""
    from workbench.project.handover.common import digest

    compared, now = digest(item.own), document.annotation
    if not (now.objects or document.state.exists):
        return item.own is not None and not item.own.objects
    if digest(now) == compared:
        return True
    try:
        return digest(library.as_written(document, document.state)) == compared
    except WorkbenchError:
        return False


def take_changed(session: Session, findings: Findings, mended: Mended) -> None:
    """The other person's labels of samples that only they changed, if nobody did here since."""
    of_key = {item.key: item for item in _disagreements(findings)}
    library = session.library_of(next(iter(of_key)))

    def change(document: Document) -> Labels:
        item = of_key[document.key]
        if item.labels is None or not _as_compared(library, document, item):
            return document.annotation.objects
        return Instead(tuple(replace(one, source=None) for one in item.labels.objects),
                       verified=item.labels.verified, attributes=item.labels.attributes)

    _take_all(session, of_key, change, mended)


def take_changed_classes(session: Session, findings: Findings, mended: Mended) -> None:
    """The same of images with classes as a whole."""
    labels = _whole_labels(session)
    done: list[Disagreement] = []
    if labels is not None:
        changes: dict[tuple[str, bool], list[str]] = {}  # by (class, whether it is toggled)
        for item in _disagreements(findings):
            own, other = item.classes
            if set(labels.tags(item.key)) != set(own):
                continue
            done.append(item)
            toggled = labels.kind == "tags"
            for name in {*own} ^ {*other} if toggled else (*other, "")[:1]:
                changes.setdefault((name, toggled), []).append(item.key)
        if done:
            _with_declared(session, done, mended)
        for (name, toggled), keys in changes.items():
            if not toggled:
                labels.set_label(keys, name)
                continue
            for there in (True, False):  # a tag is taken off only where all have it
                some = [key for key in keys if (name in labels.tags(key)) == there]
                if some:
                    labels.toggle_tag(some, name)
    if not done:
        mended(done)
