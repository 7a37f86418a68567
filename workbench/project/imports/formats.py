"""Data sets in any registered format of labels, and the program's own formats."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from workbench.core.annotation import NO_ATTRIBUTES, Annotation
from workbench.core.errors import Problem, UsageError, WorkbenchError, unexpected
from workbench.core.orientation import turned
from workbench.core.paths import is_file, is_folder, start_in, visible
from workbench.core.pixel_size import PixelSize
from workbench.core.progress import ProgressCallback
from workbench.core.skeletons import Skeleton
from workbench.core.text import count
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    AnnotationFormat,
    ClassNames,
    Source,
    Target,
    annotation_formats,
)
from workbench.extension.holds import NUMBER, Losses, fit
from workbench.extension.registry import load
from workbench.formats.atomic import write_all
from workbench.formats.label_json import start_of
from workbench.formats.label_table import LabelTable
from workbench.formats.scratch import scratch_folder
from workbench.formats.voc import VocConvention, new_voc, read_voc
from workbench.media.images.header import ImageInfo
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.datasets.splits import (
    FROM_FORMAT,
    PARTS,
    Split,
    save_split,
    with_val_from_train,
    without_val,
)
from workbench.project.imports.clean_text import CleanAttributes, plain_class
from workbench.project.imports.files import ends_copying, renamed
from workbench.project.imports.label_source import FolderSource
from workbench.project.imports.skipped_files import SkippedFiles, file_text, find_skipped_files
from workbench.project.library.scan import has_fault_masks
from workbench.project.manifest import MANIFEST_NAME, Manifest
from workbench.project.scale_table import PixelSizes, can_be_kept

NO_NAMES: Mapping[str, str] = {}
"""No class is called otherwise."""
MOST_PROBLEMS = 100
"""Problems of one kind that are shown one by one."""


def foreign_format(path: Path, wanted: str | None, labelled: bool) -> AnnotationFormat | None:
    """The format that must be converted to be imported; None for the program's own.

    Parameters
    ----------
    path
        A folder, or a file of labels.
    wanted
        Id of the one that a person named; with None it is found out, unless the folder is
        ``labelled`` in the program's own way.

    Raises
    ------
    UsageError
        If ``path`` is a file that holds no labels that are read.
    """
    if wanted in (None, "voc") and is_folder(path):
        kept = Manifest.load(path).format
        wanted = kept if kept != "voc" else wanted
    kinds = annotation_formats if wanted is None else [annotation_formats.get(wanted)]
    foreign = (kind for kind in kinds if not kind.native and kind.read)
    found = next((kind for kind in foreign if wanted is not None or (
        not labelled and load(kind.sniff)(path))), None)
    if found is None and is_file(path):
        raise UsageError(f"{path.name} is {file_text(path)}")
    return found


_LABEL_FILES = frozenset({".json", ".geojson", ".pnt", ".yaml", ".yml", ".zip", ".tfrecord",
                          ".tfrecords", ".record"})
_PEEK = 2000  # names looked at


def is_label_file(path: Path) -> bool:
    """Whether a file is meant to be imported, by its name: labels of many images, or an archive."""
    return path.suffix.lower() in _LABEL_FILES and is_file(path)


def foreign_labels(folder: Path) -> AnnotationFormat | None:
    """The format of a folder's labels where they are of another program and none are of this one,
    by a few looks; None for all else.

    Plugins are not loaded: it runs on threads, and what plugins bring to the window must be made on
    the window's.
    """
    own = is_file(folder / MANIFEST_NAME) or any(
        path.suffix.lower() == ".xml" and re.search(r"<annotation[\s>]", start_of(path, 4096))
        for path in islice(visible(folder.rglob("*")), _PEEK))
    # masks of faults are to judge by; who wants them as areas imports them
    return None if own or has_fault_masks(folder) else foreign_format(folder, None, labelled=False)


@dataclass(slots=True)
class Converted:
    """A data set as the program's own formats hold it."""

    kind: AnnotationFormat
    """The format that it was in."""
    folder: Path
    """Images (as links), VOC files and ``workbench.toml``; gone when the block ends."""
    problems: list[Problem] = field(default_factory=list)
    """What could not be read, or was changed."""
    losses: Losses = field(default_factory=Losses)
    """What the program's own formats cannot hold."""
    left: list[SkippedFiles] = field(default_factory=list)
    """Images, archives and the like that were not taken."""
    objects: Counter[str] = field(default_factory=Counter)
    """Number of objects by class."""
    originals: dict[str, Path] = field(default_factory=dict)
    """The images, by their posix path in the folder."""
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of the classes of each image with labels of its parts, by the same path."""

    def shown_as(self, place: Path, shown: Path) -> None:
        """Tell files in the temporary folder ``place`` as files in ``shown``."""
        self.problems = [renamed(problem, place, shown) for problem in self.problems]
        self.originals = {key: shown / path.relative_to(place) if path.is_relative_to(place)
                          else path for key, path in self.originals.items()}

    def original(self, problem: Problem) -> Problem:
        """``problem`` of an image in :attr:`folder`, shown as one of the image that it is."""
        path = Path(problem.path)
        key = path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else ""
        return replace(problem, path=str(self.originals[key])) if key in self.originals else problem


@contextmanager
def converted(
    kind: AnnotationFormat, path: Path, *, follow: bool = False,
    cancelled: Callable[[], bool] = lambda: False, rename: Mapping[str, str] = NO_NAMES,
    progress: ProgressCallback | None = None,
) -> Iterator[Converted]:
    """What ``path`` holds, for as long as the block runs; with other names of classes.

    ``progress`` is called with the number of images that are converted, and of all.
    """
    with scratch_folder("workbench-import-") as place:
        folder = place / (Path(os.path.abspath(path)).stem or "labels")
        folder.mkdir()
        scratch = Path(tempfile.mkdtemp(dir=place))
        source = FolderSource(path, scratch, follow=follow)
        task = _Conversion(kind, source, Converted(kind, folder), rename)
        yield task.run(cancelled, progress or (lambda done, total: None))


class _Conversion:
    def __init__(self, kind: AnnotationFormat, source: FolderSource, found: Converted,
                 rename: Mapping[str, str]) -> None:
        self._kind, self._source, self._found, self._rename = kind, source, found, rename
        self._native = annotation_formats.get("voc").holds
        self._here = os.getcwd()
        self._made: set[str] = set()
        self._taken: set[str] = set()
        self._keys: dict[Path, str] = {}
        self._bases = [start_in(base) for base in (source.scratch, source.folder)]
        self._parts: dict[str, list[str]] = {part: [] for part in PARTS}
        self._labels: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._tags = self._labelled = False
        self._pixels: dict[str, PixelSize] = {}
        self._kinds: Counter[str] = Counter()
        self._unsaid: Counter[str] = Counter()
        self._classes: dict[str, None] = {}
        self._skeletons: dict[str, Skeleton] = {}
        self._colors: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._plain_names: set[str] = set()
        self._said = CleanAttributes(self._tell_attribute)

    def run(self, cancelled: Callable[[], bool], progress: ProgressCallback) -> Converted:
        place = self._found.folder
        total = len(self._source.images())
        (place / "images").mkdir()
        (place / "annotations").mkdir()
        try:
            for item in load(self._kind.read)(self._source):
                if cancelled():
                    break
                self._take(item)
                progress(len(self._keys), max(total, len(self._keys)))
        except (OSError, WorkbenchError) as error:
            self._require_room(error)
            reason = error.sentence() if isinstance(error, WorkbenchError) else str(error)
            self._problem(Problem(str(self._source.folder), "unreadable-labels", reason))
        except Exception as bug:  # a reader must not end an import without a word
            self._problem(Problem(str(self._source.folder), "unreadable-labels",
                                  f"{self._kind.title}: {unexpected(bug)}."))
        if cancelled():
            return self._found  # nobody wants it any more
        self._unnamed_images()
        if not self._keys:
            raise UsageError(self._no_labels_text(), path=self._source.folder)
        named = self._kinds["missing-image"]
        if named and not self._labelled:
            # names of folders would become classes
            first = next(item for item in self._found.problems if item.kind == "missing-image")
            raise UsageError(f"none of the images that it names was found ({named:,}); "
                             f"{first.reason.rstrip('.')}", path=Path(first.path), line=first.line)
        self._finish()
        taken = {key for path in (*self._keys, *self._source.used)
                 if (key := self._source.key(path)) is not None}
        left = find_skipped_files(self._source.folder, taken, "images", labels=False)
        self._found.left = [item for item in left if item.kind not in ("labels", "other")]
        return self._found

    def _take(self, item: AnnotatedSample | ClassNames | Problem) -> None:
        if isinstance(item, Problem):
            self._problem(item)
        elif isinstance(item, ClassNames):
            named = (self._called(name) for name in item.names)
            self._classes.update(dict.fromkeys(name for name in named if name))
            called = ((self._called(name), skeleton) for name, skeleton in item.skeletons.items())
            self._skeletons.update({name: skeleton for name, skeleton in called if name})
            shown = ((self._called(name), color) for name, color in item.colors.items())
            self._colors.update({name: color for name, color in shown if name})
        elif item.path in self._keys:
            self._problem(Problem(str(item.path), "duplicate-image",
                                  f"{item.path.name} is named twice; the first counts.", "warning"))
        else:
            try:
                self._write(item)
            except (OSError, WorkbenchError) as error:
                self._require_room(error)
                self._problem(Problem(str(item.path), "unreadable-image", str(error)))
            except Exception as bug:  # costs the labels of this image, not of those that follow
                self._problem(Problem(str(item.path), "unreadable-labels",
                                      f"the labels of {item.path.name}: {unexpected(bug)}."))

    def _require_room(self, error: OSError | WorkbenchError) -> None:
        """Raise WorkbenchError where the temporary folder is full: labels would be missing."""
        if reason := ends_copying(error):
            raise WorkbenchError(reason, path=Path(tempfile.gettempdir()),
                                 kept="Nothing was imported.") from error.__cause__ or error

    def _called(self, name: str) -> str:
        """What a class is called here; "" where its objects are left out."""
        if name not in self._names:
            plain = plain_class(name)
            self._plain_names.add(plain)
            if name not in self._rename and plain != name and plain.strip():
                self._problem(Problem(
                    str(self._source.folder), "class-name", f"the class {name!a} holds characters "
                    f"that no label file can keep; it is called “{plain}” here.", "warning"))
            called = plain_class(self._rename.get(name, self._rename.get(plain, plain)))
            if not plain.strip() and not {name, plain} & self._rename.keys():
                called = ""
                self._problem(Problem(
                    str(self._source.folder), "class-name", "a class has no name but spaces; its "
                    "objects are left out.", "warning"))
            self._names[name] = called
        return self._names[name]

    def _write(self, sample: AnnotatedSample) -> None:
        info = self._source.info(sample.path) if sample.annotation is not None else None
        key = self._keys[sample.path] = self._key(sample.path)
        _link(os.path.join(self._here, sample.path), self._place("images", key))
        self._found.originals[f"images/{key}"] = sample.path
        if sample.pixel is not None and can_be_kept(key):
            self._pixels[f"images/{key}"] = sample.pixel
        if sample.annotation is None or info is None:
            return
        self._labelled = True
        labels = dict.fromkeys(filter(None, map(self._called, sample.annotation.labels)))
        if labels:
            self._labels[f"images/{key}"] = ";".join(labels)
            self._tags |= len(labels) > 1
        if _is_numbered(sample.annotation):
            self._values[f"images/{key}"] = f"{sample.annotation.attributes[NUMBER]:.15g}"
            sample = replace(sample, annotation=replace(sample.annotation,
                                                        attributes=NO_ATTRIBUTES))
        assert sample.annotation is not None
        whole = self._fitted(sample, info)
        names = [item.label for item in whole.objects]
        self._found.objects.update(names)
        if whole.objects or not (
                sample.annotation.labels or f"images/{key}" in self._values):
            target = self._place("annotations", os.path.splitext(key)[0] + ".xml")
            # the same wherever the source lies, so that it is the same file when it comes again
            shown = os.path.join(self._found.folder.anchor, "images", *key.split("/"))
            data = new_voc(whole, image_path=shown)  # before there is a file that could stay empty
            with open(target, "wb", buffering=0) as stream:
                write_all(stream.fileno(), data)
            self._found.labels[f"images/{key}"] = tuple(dict.fromkeys(names))
        else:
            self._unsaid.update(whole.attributes.keys())
        if sample.split in self._parts:
            self._parts[sample.split].append(f"images/{key}")

    def _place(self, kind: str, key: str) -> str:
        """Where a file goes, whose folder is there."""
        path = os.path.join(self._found.folder, kind, key)
        parent = os.path.dirname(path)
        if parent not in self._made:
            os.makedirs(parent, exist_ok=True)
            self._made.add(parent)
        return path

    def _fitted(self, sample: AnnotatedSample, info: ImageInfo) -> Annotation:
        assert sample.annotation is not None
        said, size = sample.annotation.size, (info.width, info.height)
        objects = sample.annotation.objects
        called = ((item, self._called(item.label)) for item in objects)
        objects = tuple(item if name == item.label else item.with_label(name)
                        for item, name in called if name)
        objects = tuple(item if (kept := self._said.of(item.attributes)) is item.attributes
                        else replace(item, attributes=kept) for item in objects)
        whole = replace(sample.annotation, size=size, labels=(), objects=objects,
                        attributes=self._said.of(sample.annotation.attributes))
        if said is not None and said != size:
            whole = self._other_size(whole, sample.path, said, info)
        return fit(whole, self._native, self._found.losses)

    def _tell_attribute(self, reason: str) -> None:
        self._problem(Problem(str(self._source.folder), "attribute-text", reason, "warning"))

    def _other_size(self, whole: Annotation, path: Path, said: tuple[int, int],
                    info: ImageInfo) -> Annotation:
        """Labels that were made on an image of another size: as it is stored, or unknown."""
        size = (info.width, info.height)
        if info.orientation < 5 or said != size[::-1]:
            self._problem(Problem(
                str(path), "size-differs", f"{path.name} is {size[0]} × {size[1]}, but its labels "
                f"were made on {said[0]} × {said[1]}; they were taken as they are.", "warning"))
            return whole
        self._problem(Problem(
            str(path), "turned", f"the labels of {path.name} were made on the image as it is "
            "stored; they were turned with it.", "warning"))
        return replace(whole, objects=tuple(
            item.with_shape(turned(item.shape, info.orientation, said)) for item in whole.objects))

    def _key(self, path: Path) -> str:
        """What the image is called: as in its folder, without a folder "images", and with a number
        where another image has the stem."""
        text = str(path)  # paths are slow, and there may be 100,000
        inside = next((text[len(base):] for base in self._bases if text.startswith(base)),
                      os.path.basename(text))
        parts = inside.replace(os.sep, "/").split("/")
        if "images" in parts[:-1]:
            parts.remove("images")
        plain, suffix = os.path.splitext("/".join(parts))
        for number in range(1, len(self._taken) + 2):
            stem = plain if number == 1 else f"{plain}-{number}"
            key = stem + suffix
            name = stem.casefold()
            if name not in self._taken:
                self._taken.add(name)
                return key
        raise AssertionError("one of so many names is free")

    def _no_labels_text(self) -> str:
        if self._source.left:
            images = count(len(self._source.left), "file")
            return (f"there are no images in this folder, but {images} by links that lead out of "
                    "it: say --follow to take them from there")
        named = self._kinds["missing-image"]
        words = "there are no images in this folder" + (
            f", and none of the {named:,} that its labels name" if named else "")
        damaged = [item for item in self._found.problems if item.kind == "unreadable-labels"]
        if damaged:
            return f"{words}: {damaged[0].reason.rstrip('.')}"
        return (f"{words}: put images and labels into one folder, or take the labels into the "
                "project of the images by “Two people” under Data") if named else words

    def _unnamed_images(self) -> None:
        """Images that the labels say nothing of come along without labels."""
        for path in self._source.images():
            if path not in self._keys and path not in self._source.used:
                self._take(AnnotatedSample(path, None))

    def _finish(self) -> None:
        folder = self._found.folder
        for name in self._rename.keys() - self._names.keys() - self._plain_names:
            self._problem(Problem(str(self._source.folder), "no-class", f"there is no class "
                                  f"“{name}” that could be called otherwise.", "warning"))
        if not self._labelled and not self._kinds:
            self._problem(Problem(str(self._source.folder), "no-labels", f"No labels of "
                                  f"{self._kind.title} were found: the images come without.",
                                  "warning"))
        for name, number in self._unsaid.items():
            images = count(number, "image")
            self._problem(Problem(str(self._source.folder), "no-place", f"“{name}” of {images} is "
                                  "left out: beside classes of whole images there is no place for "
                                  "it.", "warning"))
        manifest = Manifest.load(folder)
        manifest.images, manifest.annotations = "images", "annotations"
        manifest.classes = list(dict.fromkeys([*self._classes, *self._found.objects]))
        manifest.skeletons = {name: skeleton for name, skeleton in self._skeletons.items()
                              if name in manifest.classes}
        manifest.colors = {name: color for name, color in self._colors.items()
                           if name in manifest.classes}
        manifest.pixel_sizes = PixelSizes(images=self._pixels)
        manifest.save(folder)
        if any(self._parts.values()):
            split = Split(train=self._parts["train"], val=self._parts["val"],
                          test=self._parts["test"], origin=FROM_FORMAT)
            save_split(folder, with_val_from_train(split, FROM_FORMAT)
                       if split.test and without_val(split) else split)
        if self._labels:
            (folder / "labels.csv").write_bytes(
                LabelTable.new("tags" if self._tags else "label").render(self._labels))
        elif self._values:
            (folder / "labels.csv").write_bytes(LabelTable.new(NUMBER).render(self._values))
        for kind, number in self._kinds.items():
            if number > MOST_PROBLEMS:
                more = count(number - MOST_PROBLEMS, "more of this kind", "more of this kind")
                self._found.problems.append(Problem(str(self._source.folder), kind,
                                                    f"{more} ({kind}).", "warning"))

    def _problem(self, problem: Problem) -> None:
        self._kinds[problem.kind] += 1
        if self._kinds[problem.kind] <= MOST_PROBLEMS:
            self._found.problems.append(problem)


def _is_numbered(annotation: Annotation) -> bool:
    """Whether a sample is labelled with a number, and with nothing else."""
    value = annotation.attributes.get(NUMBER)
    return (isinstance(value, int | float) and not isinstance(value, bool)
            and len(annotation.attributes) == 1
            and not annotation.objects and not annotation.labels)


# The program's own formats


def sniff_voc(folder: Path) -> bool:
    return folder.is_dir() and bool(LabelledFolder(folder).labelled)


def read_voc_folder(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images of a folder with their annotations."""
    found = LabelledFolder(source.folder)
    labelled = set(found.labelled)
    yield ClassNames(tuple(found.manifest.classes))
    for key in found.keys:
        path = found.placement.path(key)
        try:
            document = None
            if key in labelled:
                document = read_voc(found.placement.annotation_path(key),
                                    VocConvention(found.manifest.voc_convention))
        except WorkbenchError as error:
            yield Problem(str(path), "unreadable-annotation", error.sentence())
            continue
        yield AnnotatedSample(path, None if document is None else document.annotation)


def write_voc_folder(target: Target, samples: Iterator[AnnotatedSample]) -> None:
    """Images in ``JPEGImages``, VOC files in ``Annotations``, the split in ``ImageSets/Main``."""
    parts: dict[str, list[str]] = {}
    for sample in samples:
        stem = sample.name.rpartition(".")[0]
        target.place(sample, f"JPEGImages/{sample.name}")
        if sample.annotation is not None:
            target.write(f"Annotations/{stem}.xml",
                         new_voc(sample.annotation,
                                 image_path=target.folder / "JPEGImages" / sample.name))
        if sample.split:
            parts.setdefault(sample.split, []).append(stem)
    for part, stems in parts.items():
        target.write(f"ImageSets/Main/{part}.txt", "".join(f"{stem}\n" for stem in stems))


def sniff_sounds(folder: Path) -> bool:
    from workbench.project.library.clips import find_sounds

    return folder.is_dir() and next(iter(find_sounds(folder)), None) is not None


def _link(source: str, target: str) -> None:
    try:
        os.symlink(source, target)
    except (OSError, NotImplementedError):
        shutil.copy2(source, target)
