"""Where the images and their annotation files lie in a folder."""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from workbench.core.paths import folded, is_file, is_folder
from workbench.media.images.header import IMAGE_SUFFIXES

MANIFEST_NAME = "workbench.toml"
STATE_FOLDER = ".workbench"
LABELLED_BY = "labelled-by.csv"
"""The table of who labelled what, see :mod:`workbench.project.labelled_by`."""

JOURNAL_FILE = "steps.sqlite"
COCO_LABELS = f"{STATE_FOLDER}/coco/labels"
"""Where the labels of each image lie while they are on their way to a COCO file."""

_IMAGE_FOLDERS = ("images", "Images", "JPEGImages", "imgs")
_ANNOTATION_FOLDERS = ("annotations", "Annotations", "annots", "xmls", "labels")
_ONLY_WITH_XML = frozenset({"annots", "xmls", "labels"})  # "labels" mostly holds YOLO's text files
_PEEK = 300  # entries looked at; listing a folder of 100,000 would delay the first image


def journal_path(folder: Path) -> Path:
    """The journal of steps across the project; it is there while one can be undone."""
    return folder / STATE_FOLDER / JOURNAL_FILE


def project_above(file: Path) -> Path | None:
    """The project that a file lies in, at most four folders up; None where it lies in none."""
    return next((folder for folder in list(file.absolute().parents)[:4]
                 if is_file(folder / MANIFEST_NAME)), None)


@dataclass(frozen=True, slots=True)
class Layout:
    """Folders of a project, as posix paths relative to it (or absolute, for data elsewhere).

    ``images`` "" is the project folder itself with all that is below it. ``annotations`` "" means
    that each file lies beside its image, as labelImg writes it. Files of labels end in ``suffix``;
    those of YOLO (".txt") lie in the folder ``annotations`` that stands in the place of the image's
    last folder ``images``; what a project keeps of COCO (".json") lies in ``annotations`` under the
    image's whole name.
    """

    images: str = ""
    annotations: str = ""
    suffix: str = ".xml"

    @property
    def mirrored(self) -> bool:
        """Whether the folder of an image says in which one its labels are."""
        return self.suffix == ".txt"

    @property
    def apart(self) -> bool:
        """Whether labels lie in a folder of the program's own."""
        return self.suffix == ".json"


def find_layout(folder: Path) -> Layout:
    """Recognise how ``folder`` is laid out, by a few quick looks and without listing all of it.

    Known are a bare folder of images (also nested) with VOC files beside them, ``images/`` with
    ``annotations/``, and VOC's ``JPEGImages`` with ``Annotations``.
    """
    images = next((name for name in _IMAGE_FOLDERS if is_folder(folder / name)), "")
    annotations = next((name for name in _ANNOTATION_FOLDERS if _annotates(folder, name)), "")
    has_images, has_xml = _peek(folder)
    if has_images and (has_xml or not annotations):
        return Layout("", "")
    if not images:
        return Layout("", annotations)
    if annotations or _peek(folder / images)[1]:
        return Layout(images, annotations)
    return Layout(images, "Annotations" if images == "JPEGImages" else "annotations")


def _annotates(folder: Path, name: str) -> bool:
    path = folder / name
    return is_folder(path) and (name not in _ONLY_WITH_XML or _peek(path)[1])


def _peek(folder: Path) -> tuple[bool, bool]:
    """Whether there are images, and whether there are XML files, among the first entries."""
    suffixes = set(_some_suffixes(folder))
    return bool(suffixes & IMAGE_SUFFIXES), ".xml" in suffixes


def _some_suffixes(folder: Path) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, _PEEK):
                if not entry.name.startswith("."):
                    yield os.path.splitext(entry.name)[1].lower()  # noqa: PTH122  a name, not a path
    except OSError:
        return  # reported by the scan, which meets it again


class Placement:
    """Which annotation file belongs to which image.

    Keys are posix paths of images relative to the project folder. Where annotations lie in a
    folder of their own, they are flat as labelImg writes them, unless that folder has a subfolder
    of the same name as the image's.

    A file that is there under a name that means the same (``A.XML``, ``a.xml.xml``, ``a.jpg.xml``,
    letters with accents in the other Unicode form) is used where there is none of the usual name.
    """

    def __init__(self, folder: Path, layout: Layout) -> None:
        self.folder = folder
        self.layout = layout
        self._suffix = layout.suffix
        self._prefix = len(layout.images) + 1 if layout.images else 0
        self._targets: dict[str, str] = {}
        self._stand_ins: dict[str, str] = {}

    def annotation(self, key: str) -> str:
        """Posix path of the annotation file of image ``key``, relative to the project folder."""
        return self._stand_ins.get(key) or self._usual(key)

    def _usual(self, key: str) -> str:
        if self.layout.apart:
            return f"{self.layout.annotations}/{key}{self._suffix}"
        stem = key[: key.rfind(".")] if "." in key[key.rfind("/") + 1 :] else key
        if not self.layout.annotations:
            return stem + self._suffix
        if self.layout.mirrored:
            return exchanged(stem, "images", self.layout.annotations) + self._suffix
        within = stem[self._prefix :]
        parent, _, name = within.rpartition("/")
        target = self._targets.get(parent)
        if target is None:
            target = self._targets[parent] = self._target(parent)
        return f"{target}/{name}{self._suffix}"

    def _target(self, parent: str) -> str:
        mirrored = f"{self.layout.annotations}/{parent}"
        if parent and is_folder(self.folder / mirrored):
            return mirrored
        return self.layout.annotations

    def path(self, key: str) -> Path:
        return self.folder / key

    def annotation_path(self, key: str) -> Path:
        usual = self._usual(key)
        if key not in self._stand_ins:
            path = self.folder / usual
            if is_file(path):
                return path
            other = next((name for name in _alike(usual, key, self._suffix)
                          if is_file(self.folder / name)), None)
            if other is not None:
                self._stand_ins[key] = other
        return self.folder / self.annotation(key)

    def pair(
        self, keys: Iterable[str], annotations: Collection[str],
        throttle: Callable[[], None] = lambda: None, *, loosely: bool = False,
    ) -> None:
        """Find the files of other names among the ``annotations`` that are there.

        Parameters
        ----------
        loosely
            Whether names may also differ in case otherwise (``IMG_1.JPG`` and ``img_1.xml``),
            where that is clear.
        """
        without: list[str] = []
        used: set[str] = set()
        for number, key in enumerate(keys):
            usual = self._usual(key)
            if usual in annotations:
                self._stand_ins.pop(key, None)
                used.add(usual)
            else:
                without.append(key)
            if not number % 256:
                throttle()
        if not without or len(used) == len(annotations):
            return
        for number, key in enumerate(without):
            if not number % 256:
                throttle()
            usual = self._usual(key)
            other = next((name for name in _alike(usual, key, self._suffix)
                          if name in annotations and name not in used), None)
            if other is not None:
                self._stand_ins[key] = other
        if loosely:
            used |= set(self._stand_ins.values())
            self._pair_loosely(without, set(annotations) - used)

    def _pair_loosely(self, keys: Iterable[str], annotations: Iterable[str]) -> None:
        found: dict[str, list[str]] = defaultdict(list)
        wanted: dict[str, list[str]] = defaultdict(list)
        for name in annotations:
            found[folded(_without(name, self._suffix))].append(name)
        for key in keys:
            if key not in self._stand_ins:
                wanted[folded(self._usual(key)[: -len(self._suffix)])].append(key)
        for name, images in wanted.items():
            if len(images) == 1 and len(found.get(name, ())) == 1:
                self._stand_ins[images[0]] = found[name][0]


def exchanged(name: str, old: str, new: str) -> str:
    """The posix path ``name`` with its last folder ``old`` called ``new``, if it has one."""
    before, found, after = f"/{name}".rpartition(f"/{old}/")
    return f"{before}/{new}/{after}"[1:] if found else name


def _alike(usual: str, key: str, suffix: str) -> Iterator[str]:
    """Other names of the annotation file ``usual`` of image ``key``."""
    stem = usual[: -len(suffix)]
    whole = stem + key[len(key) - len(_suffix(key)) :]
    others = (suffix, suffix.upper(), suffix * 2, suffix.title())
    for name, endings in ((stem, others), (whole, (suffix,))):
        forms = [name]
        if not name.isascii():
            forms += [unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)]
        yield from (form + ending for form in forms for ending in endings if form + ending != usual)


def _suffix(key: str) -> str:
    name = key[key.rfind("/") + 1 :]
    return name[name.rfind(".") :] if "." in name else ""


def _without(name: str, suffix: str) -> str:
    while name.lower().endswith(suffix):
        name = name[: -len(suffix)]
    return name
