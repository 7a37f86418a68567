"""The annotations that are open, and what other programs do to their files meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from workbench.core.annotation import Annotation
from workbench.core.errors import FormatError, UsageError, WorkbenchError
from workbench.core.paths import is_file
from workbench.core.signal import Signal
from workbench.project.document import ImageDocument, State
from workbench.project.folder_identity import FolderIdentity
from workbench.project.index import MediaIndex
from workbench.project.manifest import Manifest
from workbench.project.ownership import not_owner_words, owner
from workbench.project.read_ahead import LARGE, ReadAhead, parsed
from workbench.project.saver import Saver, read_or_none

_KEPT_OPEN = 64  # documents without edits that stay in memory
_NOTHING = State(None, Annotation(), False)


class Documents:
    """Reads annotations on first use and keeps those in memory that steps refer to.

    Signals
    -------
    opening
        (key) it is about to be read for the first time.
    opened
        It was read.
    changed_outside
        (document, state) another program wrote its file; ``state`` is what that holds. The
        document is not changed yet.
    became_readonly
        Another program left something in its file that cannot be used.
    """

    def __init__(self, index: MediaIndex, saver: Saver, manifest: Manifest,
                 identity: FolderIdentity, ahead: ReadAhead) -> None:
        self.opening: Signal[str] = Signal()
        self.opened: Signal[ImageDocument] = Signal()
        self.changed_outside: Signal[ImageDocument, State] = Signal()
        self.became_readonly: Signal[ImageDocument] = Signal()
        self._index = index
        self._saver = saver
        self._manifest = manifest
        self._identity = identity
        self._ahead = ahead
        self._open: dict[str, ImageDocument] = {}
        self._touched: set[str] = set()

    def cached(self, key: str) -> ImageDocument | None:
        return self._open.get(key)

    def all(self) -> list[ImageDocument]:
        return list(self._open.values())

    def touch(self, key: str) -> None:
        """A step refers to the document: it stays in memory from now on."""
        self._touched.add(key)

    def touched(self, key: str) -> bool:
        return key in self._touched

    def get(self, key: str) -> ImageDocument:
        """The document, up to date with the disk; see :meth:`Session.document`."""
        document = self._open.get(key)
        if document is None:
            document = self._load(key)
        else:
            self._look_outside(document)
        self._open.pop(key, None)
        self._open[key] = document  # at the end: the least recently used are first
        self._forget_old()
        return document

    def read_ahead(self, key: str, then: Callable[[], None]) -> bool:
        """See :meth:`Session.read_ahead`."""
        document = self._open.get(key)
        path = self._index.annotation_path(key)
        stamp = _stamp(path)
        if stamp is None or stamp[1] < LARGE:
            return False
        if document is not None:
            if stamp == document.stamp or self._saver.unsaved(key):
                return False
            with suppress(WorkbenchError):
                data = read_or_none(path)
                if self._saver.knows(path, data):
                    return False  # we wrote it
        self._ahead.read(path, self._manifest.voc_convention, then)
        return True

    def take_in(self, document: ImageDocument) -> None:
        """Read the file again and announce what it holds, whatever waits to be written.

        Raises
        ------
        WorkbenchError
            If it cannot be read.
        """
        stamp = _stamp(document.annotation_path)
        data = read_or_none(document.annotation_path)
        document.stamp = stamp
        state = self._interpreted(document, data)
        self._saver.remember(document.annotation_path, data)
        if document.readonly_reason is None:
            self.changed_outside.emit(document, state)
            return
        if document.key not in self._touched:
            document.state = state
        # Else the steps go on from what they made; it is shown but cannot be changed for now.
        document.changed.emit()
        self.became_readonly.emit(document)

    def _load(self, key: str) -> ImageDocument:
        if self._index.row(key) is None and not is_file(self._index.path(key)):
            raise UsageError(f"there is no image “{key}” in {self._index.folder.name}")
        document = ImageDocument(key, self._index.path(key), self._index.annotation_path(key))
        self.opening.emit(key)
        try:
            document.stamp = _stamp(document.annotation_path)
            data = read_or_none(document.annotation_path)
            if data is None:
                self._identity.require()
            self._saver.remember(document.annotation_path, data)
            document.state = self._interpreted(document, data)
        except WorkbenchError as error:
            document.readonly_reason = error.sentence()
        self._open[key] = document
        self.opened.emit(document)
        return document

    def _look_outside(self, document: ImageDocument) -> None:
        """Take in what another program wrote, unless an edit of ours is on its way."""
        stamp = _stamp(document.annotation_path)
        if stamp == document.stamp or self._saver.unsaved(document.key):
            return
        if stamp is None and not self._identity.is_there():
            return  # what is in memory is all there is of it
        try:
            data = read_or_none(document.annotation_path)
            if self._saver.knows(document.annotation_path, data):
                document.stamp = stamp
            else:
                self.take_in(document)
        except WorkbenchError as error:
            document.readonly_reason = error.sentence()
            self.became_readonly.emit(document)

    def _interpreted(self, document: ImageDocument, data: bytes | None) -> State:
        """State of a file with content ``data``; sets why it is read-only, where it is."""
        document.readonly_reason = self._not_ours(document.key, data)
        document.problems = ()
        document.damaged = False
        if data is None or document.readonly_reason is not None:
            return _NOTHING
        path = document.annotation_path
        found = self._ahead.take(path, data) or parsed(data, self._manifest.voc_convention, path)
        base = found.base
        if isinstance(base, FormatError):
            kept = "" if base.kept else " The file was left as it is."
            document.readonly_reason = f"{base.sentence()}{kept}"
            document.damaged = True
            return _NOTHING
        document.problems = base.problems
        return State(base, replace(base.annotation, objects=found.objects), True)

    def _not_ours(self, key: str, data: bytes | None) -> str | None:
        """Why the file belongs to another image of the same stem, or None."""
        sharing = self._index.sharing(key)
        if not self._index.sharing_known:
            sharing = self._siblings(key)
        if not sharing:
            return None
        belongs_to = owner(sharing, data)
        if belongs_to == key:
            return None
        return not_owner_words(key, belongs_to, self._index.annotation_key(key))

    def _siblings(self, key: str) -> tuple[str, ...]:
        """Images of the same stem beside ``key``, as long as the index cannot tell."""
        from workbench.media.images.header import IMAGE_SUFFIXES

        stem = key[: key.rfind(".")]
        found = {key} | {
            stem + suffix for suffix in IMAGE_SUFFIXES if is_file(self._index.path(stem + suffix))
        }
        return tuple(sorted(found)) if len(found) > 1 else ()

    def _forget_old(self) -> None:
        if len(self._open) <= _KEPT_OPEN + len(self._touched):
            return
        for key in list(self._open)[:-1]:
            if key not in self._touched:
                del self._open[key]
                return


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size
