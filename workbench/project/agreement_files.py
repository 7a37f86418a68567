"""The labels of one person, as they are compared with those of another one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from itertools import takewhile
from pathlib import Path

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.paths import visible
from workbench.core.shapes import Box
from workbench.extension.registry import load
from workbench.extension.tasks import tasks
from workbench.formats.image_sets import ImageNames
from workbench.media.images.header import IMAGE_SUFFIXES, read_image_info
from workbench.media.sounds.suffixes import SUFFIXES
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.task import task_of_folder

Size = tuple[float, float]
"""(width, height) in pixels, or (seconds, highest Hz)."""


class ComparedLabels(ABC):
    """The labelled samples of a folder, and what their labels hold."""

    noun = "image"
    whole = False
    """Whether samples have classes as a whole: these are the objects then."""
    keys: list[str]
    """All samples, labelled or not."""
    labelled: list[str]

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def labels(self, key: str) -> Annotation:
        """What is labelled in a sample; raises WorkbenchError where it cannot be read."""

    @abstractmethod
    def size(self, key: str, said: Size | None) -> Size | None:
        """What the sample measures, or what its labels say where it cannot be read."""

    def find(self, key: str) -> str | None:
        """The sample that ``key`` of another folder means."""
        found = self._names.find(key)
        return found[0] if len(found) == 1 else None

    def find_by(self, keys: list[str], suffixes: frozenset[str]) -> None:
        """Take ``keys`` as all samples."""
        self.keys, self._names = keys, ImageNames(keys, suffixes)


class ComparedImages(ComparedLabels):
    """Of images; of a folder with nothing but Pascal VOC files those count as they are."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        found = LabelledFolder(folder)
        self._found = found
        self._files = {key: found.placement.annotation_path(key) for key in found.labelled}
        if not found.keys:
            self._files = {path.relative_to(folder).as_posix(): path
                           for path in sorted(visible(folder.rglob("*.xml")))}
        self.labelled = list(self._files)
        self.find_by(found.keys or list(self._files), IMAGE_SUFFIXES)

    def images(self) -> dict[str, Path]:
        """All images, by their posix paths within the folder of images."""
        inside = f"{self._found.manifest.images}/"
        return {key.removeprefix(inside): self._found.placement.path(key) for key in self.keys}

    def labels(self, key: str) -> Annotation:
        image = self._found.placement.path(key)
        return self._found.store.read(self._files[key], image).annotation

    def size(self, key: str, said: Size | None) -> Size | None:
        try:
            info = read_image_info(self.folder / key)
        except WorkbenchError:
            return said
        return info.width, info.height


class ComparedSounds(ComparedLabels):
    """Of sounds; of a folder with nothing but tables of selections these count, for the sounds
    that ``own`` has. ``check`` is called before each is read; what it raises ends the work."""

    noun = "sound"

    def __init__(self, folder: Path, own: ComparedSounds | None = None,
                 check: Callable[[], object] = lambda: None) -> None:
        super().__init__(folder)
        from workbench.project.library.clips import TABLE_SUFFIX, find_sounds
        from workbench.project.library.label_sources import label_source

        keys = list(find_sounds(folder))
        self._own, self._tables, self._read = own, dict[str, Path](), dict[str, Annotation]()
        self._known = label_source(folder, keys)
        if not keys and own is not None:
            for path in sorted(visible(folder.rglob(f"*{TABLE_SUFFIX}"))):
                name = path.relative_to(folder).as_posix().removesuffix(TABLE_SUFFIX)
                key = next((name + suffix for suffix in sorted(SUFFIXES)
                            if own.find(name + suffix)), None)
                if key is not None:
                    self._tables[key] = path
        self.find_by(keys or list(self._tables), SUFFIXES)
        self.labelled = []
        for key in self.keys:
            check()
            if self._has_labels(key):
                self.labelled.append(key)

    def _has_labels(self, key: str) -> bool:
        try:
            self._read[key] = self._labels(key)
        except WorkbenchError:
            return True  # told where it is compared
        return bool(self._read[key].objects)

    def labels(self, key: str) -> Annotation:
        return self._read[key] if key in self._read else self._labels(key)

    def _labels(self, key: str) -> Annotation:
        from workbench.media.sounds.sound_info import read_sound_info
        from workbench.project.library.clip_labels import ClipLabel
        from workbench.project.library.clips import find_table, read_state, within

        path = self._path(key)
        info = read_sound_info(path)
        table = self._tables.get(key)
        state = read_state(path, table, info, ClipLabel()) if table is not None else \
            read_state(path, find_table(path)[1], info, self._known(key))
        return within(state.annotation, info.duration)

    def _path(self, key: str) -> Path:
        if self._tables and self._own is not None:
            return self._own.folder / (self._own.find(key) or key)
        return self.folder / key

    def size(self, key: str, said: Size | None) -> Size | None:
        from workbench.media.sounds.sound_info import read_sound_info

        try:
            info = read_sound_info(self._path(key))
        except WorkbenchError:
            return said
        return round(info.duration, 2), info.nyquist


class ComparedClasses(ComparedLabels):
    """Of images that have classes as a whole: each stands as an object over all of the image, tags
    beside each other, so that those alike become pairs.

    Parameters
    ----------
    read
        Gives the classes by image of a folder, or its number.
    """

    whole = True

    def __init__(self, folder: Path, read: Callable[[Path], Mapping[str, tuple[str, ...] | float]],
                 places: dict[str, int]) -> None:
        super().__init__(folder)
        self._classes = {key: names for key, names in read(folder).items()
                         if isinstance(names, tuple) and names}
        self.tags = any(len(names) > 1 for names in self._classes.values())
        self._places = places
        self.labelled = list(self._classes)
        self.find_by(LabelledFolder(folder).keys or self.labelled, IMAGE_SUFFIXES)

    def labels(self, key: str) -> Annotation:
        return Annotation(tuple(LabeledObject(name, self._place(name))
                                for name in self._classes[key]))

    def _place(self, name: str) -> Box:
        at = self._places.setdefault(name, len(self._places)) if self._places else 0
        return Box(at, 0, at + 1, 1)

    def size(self, key: str, said: Size | None) -> Size | None:
        return None  # a class fits an image of any size


def labels_of_project(folder: Path, check: Callable[[], object]) -> ComparedLabels:
    """Of a project, of whatever its task is about; ``check`` is that of :class:`ComparedSounds`."""
    task = tasks.get(task_of_folder(folder))
    if task.medium == "sounds":
        return ComparedSounds(folder, check=check)
    if task.whole_labels:
        return ComparedClasses(folder, load(task.whole_labels), {})
    return ComparedImages(folder)


def same_samples(own: ComparedLabels, other: ComparedLabels) -> dict[str, str]:
    """Samples of both, labelled or not, one to one: of several of ``own`` that one could be, that
    with the most folders in common; none where that is not clear."""
    meant: dict[str, list[str]] = {}
    for key in own.keys:
        if (found := other.find(key)) is not None:
            meant.setdefault(found, []).append(key)
    result: dict[str, str] = {}
    for theirs, keys in meant.items():
        first, *others = sorted(keys, key=lambda key: in_common(key, theirs), reverse=True)
        if not others or in_common(first, theirs) > in_common(others[0], theirs):
            result[first] = theirs
    return result


def in_common(one: str, other: str) -> int:
    """How many of the folders right above two files have the same names."""
    ends = (reversed(key.casefold().split("/")[:-1]) for key in (one, other))
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*ends, strict=False)))
