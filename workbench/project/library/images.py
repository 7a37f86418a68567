"""The images of a project: their annotations, one Pascal VOC file each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import Annotation
from workbench.core.errors import FormatError, UsageError, WorkbenchError
from workbench.core.paths import is_file
from workbench.project.edits.saver import Content, read_or_none
from workbench.project.library.base import Library, Rewritten
from workbench.project.library.document import NO_LABELS, Document, State
from workbench.project.library.index import ImageSummary, MediaIndex, Packed
from workbench.project.library.ownership import not_owner_words, owner
from workbench.project.library.read_ahead import LARGE, ReadAhead, parsed

if TYPE_CHECKING:
    from workbench.formats.voc import VocDocument
    from workbench.project.session import Session


class ImageLibrary(Library[Document]):
    """Annotations are read on first use, and looked at again each time they are asked for."""

    noun = "image"
    at_once = 0
    kept_open = 64

    def __init__(self, session: Session, index: MediaIndex) -> None:
        super().__init__(session)
        self.index = index
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
        from workbench.project.edits.commands import Delta

        before = self.editable(key).state
        if before.annotation.verified != verified:
            marked = replace(before.annotation, verified=verified)
            after = replace(before, annotation=marked, exists=True)
            self._push({key: Delta.of(before, after)},
                       "mark as checked" if verified else "mark as not checked")

    # Reading

    def read_ahead(self, key: str, then: Callable[[], None]) -> bool:
        """See :meth:`Session.read_ahead`."""
        document, path, saver = self._documents.get(key), self.annotation_path(key), \
            self.session.saver
        stamp = _stamp(path)
        if stamp is None or stamp[1] < LARGE:
            return False
        if document is not None:
            if stamp == document.stamp or saver.unsaved(key):
                return False
            with suppress(WorkbenchError):
                if saver.knows(path, read_or_none(path)):
                    return False  # we wrote it
        self._ahead.read(path, self.session.manifest.voc_convention, then)
        return True

    def read(self, key: str) -> Document:
        if not self.is_there(key):
            raise UsageError(f"there is no image “{key}” in {self.folder.name}")
        document = Document(key, self.path(key), self.annotation_path(key))
        document.stamp = _stamp(document.annotation_path)
        try:
            document.read = read_or_none(document.annotation_path)
            if document.read is None:
                self.session.identity.require()
            document.readonly_reason = self._not_ours(key, document.read)
            if document.readonly_reason is None:
                document.state = self.state_of(document, document.read)
        except FormatError as error:
            kept = "" if error.kept else " The file was left as it is."
            document.readonly_reason = f"{error.sentence()}{kept}"
            document.damaged = document.annotation_path
        except WorkbenchError as error:
            document.readonly_reason = error.sentence()
        return document

    def state_of(self, document: Document, data: bytes | None) -> State:
        if data is None:
            return NO_LABELS
        path = document.annotation_path
        found = self._ahead.take(path, data) or parsed(
            data, self.session.manifest.voc_convention, path)
        if isinstance(found.base, FormatError):
            raise found.base
        document.problems = found.base.problems
        return State(found.base, replace(found.base.annotation, objects=found.objects), True)

    def _is_current(self, document: Document) -> bool:
        stamp = _stamp(document.annotation_path)
        if stamp == document.stamp:
            return True
        if stamp is None and not self.session.identity.is_there():
            return True  # what is in memory is all there is of it
        with suppress(WorkbenchError):
            if self.session.saver.knows(document.annotation_path,
                                        read_or_none(document.annotation_path)):
                document.stamp = stamp
                return document.readonly_reason is None
        return False

    def _not_ours(self, key: str, data: bytes | None) -> str | None:
        """Why the file belongs to another image of the same stem, or None."""
        sharing = self.index.sharing(key)
        if not self.index.sharing_known:
            sharing = self._siblings(key)
        if not sharing:
            return None
        belongs_to = owner(sharing, data)
        if belongs_to == key:
            return None
        return not_owner_words(key, belongs_to, self.index.annotation_key(key))

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

    def content(self, document: Document, state: State) -> Content:
        convention = self.session.manifest.voc_convention
        return partial(annotation_content, state, document.path, convention)

    def rewritten(self, key: str, change: Callable[[Annotation], Annotation],
                  label: str) -> Rewritten | None:
        path = self.annotation_path(key)
        data = read_or_none(path)
        if data is None or not _may_hold(data, label):
            return None
        base = self._parsed(data, path)
        annotation = change(base.annotation)
        if annotation is base.annotation:
            return None
        return Rewritten(path, data, base.render(annotation), ImageSummary.of(annotation).pack())

    def summary_on_disk(self, key: str) -> Packed | None:
        path = self.annotation_path(key)
        data = read_or_none(path)
        return ImageSummary.of(self._parsed(data, path).annotation).pack() if data else None

    def _parsed(self, data: bytes, path: Path) -> VocDocument:
        from workbench.formats.voc import VocConvention, parse_voc

        return parse_voc(data, VocConvention(self.session.manifest.voc_convention), path)

    # The list

    def set_written(self, batch: list[tuple[str, object]]) -> None:
        self.index.set_summaries(batch)  # type: ignore[arg-type]
        for key, _ in batch:
            self.index.saved(key)

    def _show(self, document: Document) -> None:
        reason, state = document.readonly_reason, document.state
        self.index.set_summary(document.key, ImageSummary(problem=reason) if reason is not None
                               else ImageSummary.of(state.annotation, state.exists))


def annotation_content(state: State, image: Path, convention: str) -> bytes | None:
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
    from workbench.formats.voc import VocConvention, new_voc
    from workbench.media.images.header import read_image_info

    info = read_image_info(image)
    annotation = replace(state.annotation, size=(info.width, info.height))
    return new_voc(annotation, image_path=image, depth=info.depth,
                   convention=VocConvention(convention))


def _may_hold(data: bytes, label: str) -> bool:
    """Whether ``label`` can be in the file at all: a quick look before it is parsed."""
    return label.encode("utf-8") in data or b"&" in data or b"\0" in data or not data.isascii()


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size
