"""``workbench.toml`` of an open project: changes made here are saved, those of others merged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from pathlib import Path

from workbench.core.classes import ClassList
from workbench.core.errors import WorkbenchError
from workbench.project.edits.saver import Saver, read_or_none
from workbench.project.layout import MANIFEST_NAME
from workbench.project.manifest import Manifest
from workbench.project.stores.base import AnnotationStore
from workbench.project.stores.chosen import known_classes

MANIFEST_KEY = ""
"""Stands for workbench.toml where the saver and :attr:`Session.conflict` name a key."""


class ManifestFile:
    """Keeps the file equal to a project's ``manifest`` and ``classes``."""

    def __init__(
        self, folder: Path, manifest: Manifest, classes: ClassList, saver: Saver,
        store: AnnotationStore,
    ) -> None:
        self.path = folder / MANIFEST_NAME
        """The file; there is none in a folder where a person has not changed anything yet."""
        self.dirty = False
        """Whether the classes changed since the file was last given to the saver."""
        self._folder = folder
        self._manifest = manifest
        self._before = deepcopy(manifest)  # as it is known to be on the disk
        self._rendered = b""  # what the saver's thread made last of it
        self._classes = classes
        self._seen = set(classes)  # names that classes have, or had, here
        self._saver = saver
        self._store = store
        if manifest.problem is None:
            saver.remember(self.path, _bytes_of(manifest))
        classes.changed.connect(self._set_dirty)

    def _set_dirty(self) -> None:
        self.dirty = True
        self._seen.update(self._classes)

    def save(self) -> None:
        """Write it in the background, unless what is there could not be read.

        The text is made there, too: that of thousands of classes takes most of a second.
        """
        self.dirty = False
        manifest = self._manifest
        if manifest.problem is not None:
            return
        manifest.classes = list(self._classes)
        if manifest.labels:
            manifest.labels["unused"] = [name for name in self._store.names
                                         if name and name not in self._classes]
        manifest.colors = self._classes.colors
        manifest.exists = True
        values = deepcopy(manifest)

        def content() -> bytes:
            self._rendered = values.render()
            return self._rendered

        self._saver.submit(MANIFEST_KEY, self.path, content)

    def saved(self) -> None:
        """The saver has written all of it."""
        self._manifest.text = self._rendered.decode("utf-8")
        self._before = deepcopy(self._manifest)

    def reload(self) -> None:
        """Take what the disk holds, classes and all.

        Raises
        ------
        WorkbenchError
            If it cannot be read; nothing was changed then.
        """
        theirs = self._on_disk()
        self._saver.drop(MANIFEST_KEY)
        self._saver.remember(self.path, theirs.text.encode("utf-8"))
        self._manifest.adopt(theirs)
        self._before = deepcopy(theirs)
        self._classes.replace(known_classes(theirs, self._store), theirs.colors)
        self.dirty = False

    def overwrite(self) -> None:
        """Write our classes and what else was changed here, with all the rest as another program
        left it; raises as :meth:`reload`."""
        theirs = self._on_disk()
        self._manifest.adopt(theirs, self._before)
        self._before = deepcopy(theirs)
        self._saver.remember(self.path, _bytes_of(theirs))
        self._saver.drop(MANIFEST_KEY)
        self.save()

    def take_in(self, theirs: Manifest) -> bool:
        """Take over what another program has written into the file, and the classes that are new
        there; whether it has. Where it has the classes in another order only scales are: the next
        saving asks about the rest. Nothing is while something of ours waits to be saved, which
        merges it."""
        if (theirs.problem is not None or not theirs.exists or self._saver.unsaved(MANIFEST_KEY)
                or self._saver.knows(self.path, _bytes_of(theirs))):
            return False
        here = [name for name in self._classes if name in set(theirs.classes)]
        new = [name for name in theirs.classes if name not in self._classes]
        if theirs.classes != [*here, *new]:
            before, sizes = self._manifest.pixel_sizes, theirs.pixel_sizes
            self._manifest.pixel_sizes = self._before.pixel_sizes = sizes
            return sizes != before
        dirty = self.dirty
        self._manifest.adopt(theirs, self._before)
        self._before = deepcopy(theirs)
        self._saver.remember(self.path, _bytes_of(theirs))
        self._classes.add_all(new)
        self.dirty = dirty
        return True

    def classes_agree(self) -> bool:
        """Whether the changed file names no class that is not here, in the same order: then
        nothing is lost by setting our classes in it, and nobody has to decide anything. Of a
        file that was made meanwhile, as by a training, the names may also be earlier ones."""
        theirs = Manifest.load(self._folder)
        here = [name for name in self._classes if name in set(theirs.classes)]
        made = not self._before.exists and self._seen.issuperset(theirs.classes)
        return theirs.problem is None and (made or here == theirs.classes)

    def landmark(self) -> Iterator[bool]:
        """Whether the file still is what it was; for :class:`FolderIdentity`, in any thread."""
        if self._manifest.text:
            with suppress(WorkbenchError):
                yield self._saver.knows(self.path, read_or_none(self.path))

    def _on_disk(self) -> Manifest:
        theirs = Manifest.load(self._folder)
        if theirs.problem is not None:
            raise WorkbenchError(theirs.problem.reason)
        return theirs


def _bytes_of(manifest: Manifest) -> bytes | None:
    return manifest.text.encode("utf-8") if manifest.exists else None
