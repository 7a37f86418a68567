"""Which files of a folder an import did not take, and why."""

from __future__ import annotations

import os
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.core.errors import UnusableFileError
from workbench.core.events import EVENTS_SUFFIX
from workbench.core.paths import exists, is_file, is_folder, is_utf8
from workbench.core.text import count, listed
from workbench.core.video import VIDEO_SUFFIXES
from workbench.formats.label_json import json_fault
from workbench.formats.regular_file import open_regular, require_regular
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.media.images.raw_kinds import RAW_PHOTOS
from workbench.media.images.stack_kinds import UNSHOWN_SUFFIXES
from workbench.media.sounds.recordings import recording_kind
from workbench.media.sounds.suffixes import BEST_FIRST, CONVERTED
from workbench.project.layout import LABELLED_BY, MANIFEST_NAME
from workbench.project.library.clips import SUFFIXES as SOUND_SUFFIXES
from workbench.project.library.scan import is_outside, sort_naturally

_PEEK = 1 << 16  # bytes
_SHOWN = 5  # names in a sentence
_IMAGES = {
    ".jp2": "JPEG 2000", ".j2k": "JPEG 2000",
    ".svg": "SVG", ".psd": "Photoshop", ".jxl": "JPEG XL",
}
_SOUNDS = {**CONVERTED, ".mp4": "MP4", ".webm": "WebM"}
_ARCHIVES = frozenset({".zip", ".tar", ".gz", ".tgz", ".7z", ".rar"})
_NO_LABELS = frozenset({"readme", "license", "licence", "copying", "changelog", "citation",
                        "requirements.txt", "thumbs.db", "desktop.ini", MANIFEST_NAME})
_YOLO = re.compile(r"\s*\d+(?:\s+[-+0-9.eE]+){4,}\s*$")


@dataclass(frozen=True, slots=True)
class SkippedFiles:
    """A file that was there and not taken."""

    path: str
    """Posix path relative to the source."""
    kind: str
    """ "labels", "image", "sound", "video", "archive", "unsafe" or "other"."""
    reason: str
    """Why, without a full stop: "labels of COCO (JSON), which are not used: import …"."""


def find_skipped_files(
    source: Path, taken: Collection[str], medium: str, *, follow: bool = False,
    labels: bool = True,
) -> list[SkippedFiles]:
    """Every file of ``source`` that is not among the ``taken`` ones (posix paths), with a reason.

    ``medium`` is what is imported: "images" or "sounds". Hidden files and this program's own
    runs are left out. With ``follow`` links that lead out of the folder were followed. Without
    ``labels`` files of labels are not opened, and are of the kind "other".
    """
    real = "" if follow else os.path.realpath(source)
    entered = {name[:at] for name in taken for at, letter in enumerate(name) if letter == "/"}
    left = (name for name in _files(source) if name not in taken and name not in entered)
    return [_judged(source, name, real, medium, labels) for name in sort_naturally(left)]


def skipped_text(left: Iterable[SkippedFiles], verdict: str = "Not taken") -> list[str]:
    """One sentence for each reason: "Not taken: a.json, b.json (2 files): labels of COCO …"."""
    by_reason: dict[str, list[str]] = {}
    for item in left:
        by_reason.setdefault(item.reason, []).append(item.path)
    start = f"{verdict}: " if verdict else ""
    return [
        f"{start}{listed(names, _SHOWN)} ({count(len(names), 'file')}): {reason}."
        for reason, names in by_reason.items()
    ]


def file_text(path: Path) -> str:
    """What to do with a file that was to be imported as a folder."""
    if path.suffix.lower() in _ARCHIVES:
        return _archive_reason(path)
    return "a file: import the folder that it lies in"


def _files(source: Path) -> Iterator[str]:
    for root, folders, files in os.walk(source):
        relative = Path(root).relative_to(source).as_posix()
        prefix = "" if relative == "." else f"{relative}/"
        top = not prefix
        links = [name for name in folders if Path(root, name).is_symlink()]
        folders[:] = [name for name in folders if name[0] != "." and name not in links
                      and not (top and name in ("runs", "splits"))]
        yield from (prefix + name for name in (*files, *links) if name[0] != ".")


def _judged(source: Path, name: str, real: str, medium: str, look: bool) -> SkippedFiles:
    path = source / name
    if medium == "sounds" and path.suffix.lower() in SOUND_SUFFIXES and not is_utf8(name):
        return SkippedFiles(name, "unsafe",
                            "a name that is not UTF-8: rename the file or its folder")
    try:
        kind, reason = _unsafe(path, real) or _kind(path, medium, look)
    except OSError:  # it went, or was locked, in this moment
        kind, reason = "unsafe", "it could not be read"
    return SkippedFiles(name, kind, reason)


def _unsafe(path: Path, real: str) -> tuple[str, str] | None:
    if path.is_symlink():
        if not exists(path):
            return "unsafe", "a link to something that is not there"
        if real and is_outside(path, real):
            return "unsafe", "a link that leads out of the folder"
        if is_folder(path):
            return "other", "a link to another folder of the data set"
    try:
        require_regular(path)
    except UnusableFileError as error:
        return "unsafe", error.strerror or "not a regular file"
    except OSError:
        return "unsafe", "it could not be read"
    return None


def _kind(path: Path, medium: str, look: bool) -> tuple[str, str]:
    suffix = path.suffix.lower()
    if "ImageSets" in path.parts[:-1]:
        return "other", "a list of images that was not used"
    if path.name.lower() in _NO_LABELS or path.stem.lower() in _NO_LABELS:
        return "other", "no image, no sound and no labels"
    if suffix in _IMAGES:
        return "image", f"an image of a kind that is not read ({_IMAGES[suffix]})"
    if medium == "images" and suffix in VIDEO_SUFFIXES:
        return "video", "a video: add it in Videos"
    if kind := recording_kind(path):
        twin = next((name for end in BEST_FIRST
                     if (name := path.stem + end) != path.name
                     and is_file(path.with_name(name))), "")
        if twin and medium == "sounds":
            return "other", f"{twin} is there, which is read"
        return "sound", (f"a sound of a kind that is not read ({kind}): add it in Audio, which "
                         "makes FLAC of it")
    if suffix in RAW_PHOTOS and medium != "sounds":
        twin = next((path.stem + end for suffix in (".jpg", *IMAGE_SUFFIXES)
                     for end in (suffix, suffix.upper()) if is_file(path.with_name(path.stem + end))
                     ), "")
        return ("other", f"{twin} is there, which is read") if twin else (
            "image", "a RAW photo, which is not read as it is: the window and “workbench import” "
            "make a JPEG image of it")
    if suffix in UNSHOWN_SUFFIXES and medium != "sounds":
        return "image", ("a file of a microscope, or DICOM: drop it on the window, or use "
                         "“workbench pages”, to make images of what is in it")
    if suffix in RAW_PHOTOS or suffix in UNSHOWN_SUFFIXES:
        return "other", "an image among sounds"
    if suffix in _SOUNDS:
        return "sound", f"a sound of a kind that is not read ({_SOUNDS[suffix]})"
    if suffix in IMAGE_SUFFIXES:
        return ("image", "an image outside of the folder of images") if medium == "images" else (
            "other", "an image among sounds")
    if suffix in SOUND_SUFFIXES:
        return ("sound", "a sound that could not be copied") if medium == "sounds" else (
            "sound", "a sound among images")
    if suffix in _ARCHIVES:
        return "archive", _archive_reason(path)
    labels = _labels(path, suffix, medium) if look else ""
    return ("labels", labels) if labels else ("other", "no image, no sound and no labels")


def _archive_reason(path: Path) -> str:
    if path.suffix.lower() == ".zip":
        try:
            with zipfile.ZipFile(path) as archive:
                kinds = Counter(Path(name).suffix.lower() for name in archive.namelist())
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
            return "a ZIP archive that cannot be opened"
        images = sum(kinds[suffix] for suffix in IMAGE_SUFFIXES)
        sounds = sum(kinds[suffix] for suffix in SOUND_SUFFIXES)
        inside = [f"{number} {what if number == 1 else what + 's'}" for number, what in
                  ((images, "image"), (sounds, "sound"), (kinds[".xml"], "XML file")) if number]
        if inside:
            return f"an archive with {' and '.join(inside)}: import it by itself"
    return "an archive: unpack it and import the folder"


def _labels(path: Path, suffix: str, medium: str) -> str:
    """What kind of labels a file holds, and why they stay; "" where it looks like none."""
    if suffix == ".xml":
        return "an XML file that belongs to no image" if medium == "images" else "an XML file"
    if path.name.lower().endswith(EVENTS_SUFFIX):
        return "events of a video: they come with it when it is added in Videos"
    text = _start(path)
    if suffix == ".json":
        return _json_labels(text, path)
    if suffix == ".textgrid" or text.lstrip().startswith(("File type", '"Praat')):
        return "labels of Praat (TextGrid) that belong to no sound"
    if suffix in (".eaf", ".tcn"):
        return "labels of another program, which are not read"
    if ".birdnet." in path.name.lower():
        return "results of BirdNET of no sound here, or of one that has other labels"
    if suffix in (".csv", ".tsv") and path.name != LABELLED_BY:
        return _table_reason(medium)
    if suffix == ".txt":
        return _text_labels(text, path, medium)
    return ""


def _table_reason(medium: str) -> str:
    if medium == "sounds":
        return "a table that was not used for the labels"
    return "a table that was not used for the labels"


def _json_labels(text: str, path: Path) -> str:
    if '"shapes"' in text and ('"imagePath"' in text or '"imageData"' in text):
        return "labels of labelme (JSON), which are not used: import them as labelme"
    if "coco" in path.name.lower() or (
        '"annotations"' in text and ('"images"' in text or '"bbox"' in text)
    ):
        return "labels of COCO (JSON), which are not used: import them as COCO"
    damaged = json_fault(path)
    return f"a JSON file, which is {'damaged and ' if damaged else ''}not read"


def _text_labels(text: str, path: Path, medium: str) -> str:
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    if medium == "images":
        if lines and all(_YOLO.match(line) for line in lines):
            return "labels of YOLO (text), which are not used: import them as YOLO"
        if path.name.lower() in ("classes.txt", "labels.txt", "obj.names", "labelmap.txt"):
            return "a list of classes, which is not read"
        return ""
    if "\t" in text or (lines and re.match(r"[\d.,:]+\s+[\d.,:]+(\s|$)", lines[0])):
        return "a table of labels that belongs to no single sound"
    return ""


def _start(path: Path) -> str:
    try:
        with open_regular(path) as stream:
            return stream.read(_PEEK).decode("utf-8-sig", "replace")
    except OSError:
        return ""
