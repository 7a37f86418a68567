"""The images of a project and their annotations, which its store reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import Annotation
from workbench.core.errors import FormatError, UsageError, WorkbenchError
from workbench.core.paths import file_stamp, is_file
from workbench.extension.holds import ANY, Losses, fit
from workbench.project.edits.saver import Content, read_or_none
from workbench.project.library.base import Library
from workbench.project.library.document import NO_LABELS, Delta, Document, Labels, State
from workbench.project.library.documents import Rewritten
from workbench.project.library.image_rows import ImageSummary, Packed
from workbench.project.library.index import MediaIndex
from workbench.project.library.ownership import other_owner_text, owner
from workbench.project.library.read_ahead import LARGE, ReadAhead, parsed
from workbench.project.open_project import NewClasses, OpenProject
from workbench.project.stores.numbering import Numbering

if TYPE_CHECKING:
    from workbench.project.stores.base import AnnotationStore


class ImageLibrary(Library[Document]):
    """Annotations are read on first use, and looked at again each time they are asked for."""

    noun = "image"
    joins = True
    at_once = 0
    kept_open = 64

    def __init__(self, session: OpenProject, index: MediaIndex, numbering: Numbering) -> None:
        super().__init__(session)
        self.index = index
        self._numbering = numbering
        self._ahead = ReadAhead(session.post)

    def path(self, key: str) -> Path:
        return self.index.path(key)

    def annotation_path(self, key: str) -> Path:
        return self.index.annotation_path(key)

    def file_key(self, key: str) -> str:
        return self.index.annotation_key(key)

    def keys(self) -> Sequence[str]:
        return self.index.keys()

    def row(self, key: str) -> int | None:
        return self.index.row(key)

    def is_there(self, key: str) -> bool:
        return (key in self._documents or self.index.row(key) is not None
                or is_file(self.index.path(key)))

    def keys_with(self, name: str) -> list[str]:
        return self.index.keys_with(name)

    def document(self, key: str) -> Document:
        self.check_disk(key)
        document = super().document(key)
        self._use(document)
        return document

    def set_verified(self, key: str, verified: bool) -> None:
        """Mark image ``key`` as checked by a person, or not; raises as :meth:`edit`."""
        before = self.editable(key).state
        if verified and not self.session.store.verifies:
            raise UsageError(f"{self.session.store.title} has no place for a mark that an image is "
                             "verified")
        if before.annotation.verified != verified:
            marked = replace(before.annotation, verified=verified)
            after = replace(before, annotation=marked, exists=True)
            self._push({key: Delta.of(before, after)},
                       "mark as checked" if verified else "mark as not checked")

    def set_attribute(self, key: str, name: str, value: str | float | bool) -> None:
        """Say something of image ``key`` as a whole, False: that it is not so; raises as
        :meth:`edit`."""
        before = self.editable(key).state
        store, said = self.session.store, before.annotation.attributes
        if value is not False and not {name, *ANY} & set(store.holds.of_sample):
            raise UsageError(f"{store.title} has no place for what is said of an image as a whole")
        if said.get(name, False) != value:
            others = {other: item for other, item in said.items() if other != name}
            marked = replace(before.annotation,
                             attributes=others if value is False else {**others, name: value})
            after = replace(before, annotation=marked, exists=True)
            self._push({key: Delta.of(before, after)}, f"set {name} of the image")

    # Reading

    def read_ahead(self, key: str, then: Callable[[], None]) -> bool:
        """See :meth:`Session.read_ahead`."""
        document, path, saver = self._documents.get(key), self.annotation_path(key), \
            self.session.saver
        stamp = file_stamp(path)
        if stamp is None or stamp[1] < LARGE:
            return False
        if document is not None:
            if stamp == document.stamp or saver.unsaved(key):
                return False
            with suppress(WorkbenchError):
                if saver.knows(path, read_or_none(path)):
                    return False  # we wrote it
        self._ahead.read(self.session.store, path, self.path(key), then)
        return True

    def read(self, key: str) -> Document:
        if not self.is_there(key):
            raise UsageError(f"there is no image “{key}” in {self.folder.name}")
        return self._read_labels(Document(key, self.path(key), self.annotation_path(key)))

    def state_of(self, document: Document, data: bytes | None) -> State:
        if data is None:
            return NO_LABELS
        path = document.annotation_path
        found = self._ahead.take(path, data) or parsed(
            self.session.store, data, path, document.path)
        if isinstance(found.base, FormatError):
            raise found.base
        document.problems = found.base.problems
        return State(found.base, replace(found.base.annotation, objects=found.objects), True)

    def _refusal(self, document: Document) -> str | None:
        """Why the file belongs to another image of the same stem, or to none; or None."""
        key, data = document.key, document.read
        file = self.index.annotation_key(key)
        if not self.session.store.is_label_file(file):
            name = file.rpartition("/")[2]
            return f"{name} is no file of labels. Rename the image to label it."
        sharing = self.index.sharing(key)
        if not self.index.sharing_known:
            sharing = self._siblings(key)
        if not sharing:
            return None
        belongs_to = owner(sharing, data)
        if belongs_to == key:
            return None
        return other_owner_text(key, belongs_to, file)

    def _siblings(self, key: str) -> tuple[str, ...]:
        """Images of the same stem beside ``key``, as long as the index cannot tell."""
        from workbench.media.images.header import IMAGE_SUFFIXES

        stem = key[: key.rfind(".")]
        found = {key} | {
            stem + suffix for suffix in IMAGE_SUFFIXES if is_file(self.path(stem + suffix))
        }
        return tuple(sorted(found)) if len(found) > 1 else ()

    def restart_damaged(self, key: str) -> Path:
        aside = super().restart_damaged(key)
        self.session.drop_problem(str(self.annotation_path(key)), "unreadable-annotation")
        return aside

    # Writing

    def delta(self, document: Document, labels: Labels) -> Delta | None:
        """As in any library; what the labels on disk have no place for is refused here, and of what
        is said of an image as a whole left out.

        Raises
        ------
        UsageError
            If an object, as it was drawn or changed, would lose anything.
        """
        known = {item.source: item for item in document.annotation.objects}
        there = set(map(id, document.annotation.objects))
        fitted = self.session.store.fitted
        whole = labels if isinstance(labels, Annotation) else None
        objects = tuple(
            item if id(item) in there else fitted(item, known.get(item.source))
            for item in (labels.objects if isinstance(labels, Annotation) else labels))
        if whole is None:
            return super().delta(document, objects)
        said = fit(replace(whole, objects=()), self.session.store.holds, Losses())
        return super().delta(document, replace(said, objects=objects))

    def apply(self, states: Mapping[str, State], *, by_hand: bool = True) -> NewClasses:
        self._numbering.need(
            item.label for state in states.values() for item in state.annotation.objects)
        return super().apply(states, by_hand=by_hand)

    def rename_by_number(self, old: str, new: str | None) -> bool:
        return self._numbering.rename(old, new)

    def content(self, document: Document, state: State) -> Content:
        return partial(annotation_content, state, document.path, self.session.store)

    def rewritten(self, key: str, change: Callable[[Annotation], Annotation],
                  label: str) -> Rewritten | None:
        path = self.annotation_path(key)
        data = read_or_none(path)
        store = self.session.store
        if data is None or not store.may_hold(data, label):
            return None
        base = store.parse(data, path, self.path(key))
        annotation = change(base.annotation)
        if annotation is base.annotation:
            return None
        return Rewritten(path, data, base.render(annotation), ImageSummary.of(annotation).pack())

    def summary_on_disk(self, key: str) -> Packed | None:
        path = self.annotation_path(key)
        data = read_or_none(path)
        if data is None:
            return None
        base = self.session.store.parse(data, path, self.path(key))
        return ImageSummary.of(base.annotation).pack()

    # The list

    def set_written(self, batch: list[tuple[str, object]]) -> None:
        self.index.set_summaries(batch)  # type: ignore[arg-type]
        for key, _ in batch:
            self.index.saved(key)

    def _show(self, document: Document) -> None:
        reason, state = document.readonly_reason, document.state
        self.index.set_summary(document.key, ImageSummary(problem=reason) if reason is not None
                               else ImageSummary.of(state.annotation, state.exists))


def annotation_content(state: State, image: Path, store: AnnotationStore) -> bytes | None:
    """Bytes of the annotation file, or None where there shall be none.

    Raises
    ------
    WorkbenchError
        If the image of a new file cannot be read, or a value cannot be written.
    """
    if not state.exists:
        return None
    if state.base is not None:
        data: bytes = state.base.render(state.annotation)
        return data
    return store.new(state.annotation, image)
