"""Media of which each sample is one file with its labels beside it, listed in memory."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, Protocol, TypeVar, cast

from workbench.core.annotation import Annotation
from workbench.core.background import BackgroundThread, Post
from workbench.core.errors import WorkbenchError
from workbench.core.paths import is_file
from workbench.project.library.base import Library
from workbench.project.library.catalog import SampleCatalog
from workbench.project.library.documents import D, Rewritten
from workbench.project.library.scan import unreadable_folder
from workbench.project.open_project import OpenProject


class Counted(Protocol):
    """What a list shows of a sample: how often each class is in it, or why it cannot be used."""

    @property
    def classes(self) -> tuple[tuple[str, int], ...]: ...
    @property
    def problem(self) -> str | None: ...


S = TypeVar("S", bound=Counted)


class FileLibrary(SampleCatalog[S], Library[D], Generic[S, D]):
    """Samples that are found in the background. Keys are posix paths relative to the project
    folder; ``post`` runs what the threads found on the owner's thread."""

    unknown: S
    """What is known of a sample that was not looked at."""

    def __init__(self, session: OpenProject, post: Post) -> None:
        SampleCatalog.__init__(self)
        Library.__init__(self, session)
        self._post = post
        self._rows: dict[str, int] = {}
        self._scan: BackgroundThread | None = None

    # Looking for samples

    def start(self) -> None:
        """Look for the samples in the background; ``finished`` is emitted when all are read."""
        self._scan = BackgroundThread(self._look, name=f"{self.noun}s", post=self._post).start()

    def refresh(self) -> None:
        """Look again, from the beginning."""
        self._end_scan()
        self.scanning = True
        self.start()

    def close(self) -> None:
        """Stop looking and working; returns when the background threads have ended."""
        self.stop_work()
        self._end_scan()

    def _end_scan(self) -> None:
        scan, self._scan = self._scan, None
        if scan is not None:
            scan.cancel()
            scan.join()

    @abstractmethod
    def _look(self, thread: BackgroundThread) -> None:
        """Find and read the samples, and post them to the owner's thread."""

    def _refused(self, thread: BackgroundThread, error: OSError) -> None:
        problem = unreadable_folder(error.filename, error)
        thread.post(lambda: self.session.add_problem(problem))

    # What the library asks of a medium

    @abstractmethod
    def summarized(self, document: D, annotation: Annotation) -> S:
        """What the list shows of a sample with ``annotation`` as its labels."""

    def path(self, key: str) -> Path:
        return self.folder / key

    def is_there(self, key: str) -> bool:
        return is_file(self.path(key)) or (key in self._documents and self.row(key) is not None)

    def row(self, key: str) -> int | None:
        return self._rows.get(key)

    def summary(self, key: str) -> S:
        return self._summaries.get(key, self.unknown)

    def classes_of(self, summary: S) -> Iterable[tuple[str, int]]:
        return summary.classes

    def keys_with(self, name: str) -> list[str]:
        if self.scanning:
            return list(self)
        found = ((key, self.summary(key)) for key in self)
        return [key for key, summary in found
                if summary.problem is None and any(label == name for label, _ in summary.classes)]

    def rewritten(self, key: str, change: Callable[[Annotation], Annotation],
                  label: str) -> Rewritten | None:
        if not is_file(self.path(key)):
            return None
        document = self.read(key)
        if document.readonly_reason is not None:
            raise WorkbenchError(document.readonly_reason)
        annotation = change(document.annotation)
        if annotation is document.annotation:
            return None
        after = self.content(document, document.state.with_objects(annotation.objects))()
        return Rewritten(document.annotation_path, document.read, after,
                         self.summarized(document, annotation))

    def summary_on_disk(self, key: str) -> S | None:
        if not is_file(self.path(key)):
            return None
        document = self.read(key)
        return self.summarized(document, document.annotation)

    def set_written(self, batch: list[tuple[str, object]]) -> None:
        known = [(key, summary) for key, summary in batch if self.row(key) is not None]
        for key, summary in known:
            self._store(key, cast("S", summary))
        if known:
            self._listed([key for key, _ in known])

    def _show(self, document: D) -> None:
        self._store(document.key, self.summarized(document, document.annotation))

    def _listed(self, keys: list[str]) -> None:
        self.summary_changed.emit(keys[0] if len(keys) == 1 else "")

    def _set_keys(self, keys: list[str]) -> None:
        """These are the samples, in their order; whoever calls announces it by ``reset``."""
        self._keys = keys
        self._rows = {key: row for row, key in enumerate(keys)}
