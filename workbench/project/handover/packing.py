"""A project as one ZIP file for another person: samples, labels and models as they lie there."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from workbench.core.background import Cancelled
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import file_stamp, folded, is_file, is_folder, is_utf8
from workbench.core.progress import ProgressCallback
from workbench.core.text import count, listed, megabytes, tr
from workbench.core.video import VIDEO_SUFFIXES
from workbench.formats.atomic import DiskErrors, replacing
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.media.sounds.suffixes import SUFFIXES
from workbench.project import counting
from workbench.project.counting import places_to_hand_over
from workbench.project.handover import common
from workbench.project.handover.common import remember_handed_over
from workbench.project.handover.data_card import CARD, card_to_write
from workbench.project.handover.models import state_elsewhere
from workbench.project.handover.opening import MARK, is_project_archive, kind_of_sample
from workbench.project.imports.archives import UNFIT
from workbench.project.layout import LABELLED_BY, STATE_FOLDER
from workbench.project.manifest import MANIFEST_NAME, Manifest
from workbench.project.runs import ALIVE, CHECKPOINT, STATE, RunFolder, list_runs

_TEXTS = frozenset({".xml", ".txt", ".csv", ".tsv", ".json", ".geojson", ".pnt", ".toml", ".yaml",
                    ".yml", ".textgrid", ".names", ".md", ".prj", ".wld", ".jgw", ".pgw", ".tfw"})
"""Endings of labels, and of what says something of samples."""
_STAYS = frozenset({CHECKPOINT, "tensorboard"})
"""Of a run: what only its own computer goes on with."""
_PACKED_ALREADY = frozenset({*IMAGE_SUFFIXES, *SUFFIXES, *VIDEO_SUFFIXES, ".zip", ".npz", ".gz",
                             ".safetensors"}) - {".bmp", ".wav", ".aif", ".aiff", ".pgm", ".ppm"}
_CHUNK = 1 << 20
_LEFT = 0.15
"""Of the size of what is packed about so much is left: of labels a twentieth, of WAV files half."""


class PackedFile(NamedTuple):
    """A file that goes along."""

    path: Path
    name: str
    """Posix path in the project."""
    size: int


@dataclass(slots=True)
class HandOver:
    """What there is to hand over of a project."""

    project: Path
    samples: list[PackedFile] = field(default_factory=list)
    labels: list[PackedFile] = field(default_factory=list)
    """Labels, classes, splits, networks and other texts."""
    others: list[PackedFile] = field(default_factory=list)
    """Whatever else lies in the folder, as RAW photos beside their images."""
    runs: dict[str, list[PackedFile]] = field(default_factory=dict)
    """By the name of each run that has a model, the newest first."""
    titles: dict[str, str] = field(default_factory=dict)
    """What these are called for people."""
    kinds: Counter[str] = field(default_factory=Counter)
    """Number of samples by what they are: "image", "sound", "video"."""
    meant_for: str = ""
    """The name of the one who gets it, where the samples are divided among people with names."""
    manifest: bytes | None = None
    """The text of ``workbench.toml``, where it is to say more than the project's own."""
    notes: list[str] = field(default_factory=list)
    """What does not come along, or will be trouble elsewhere, as sentences."""

    def chosen(self, runs: Collection[str], *, samples: bool = True, labels: bool = True,
               others: bool | None = None) -> list[PackedFile]:
        """The files of these parts; ``others`` go with the samples where that is not said."""
        return [*(self.labels if labels else ()), *(self.samples if samples else ()),
                *(self.others if (samples if others is None else others) else ()),
                *(item for name in self.runs if name in runs for item in self.runs[name])]

    @property
    def has_names(self) -> bool:
        """Whether the table of who labelled what goes along with the labels."""
        return any(item.name == LABELLED_BY for item in self.labels)

    def without_names(self) -> HandOver:
        """The same without that table, to publish."""
        return replace(self, labels=[item for item in self.labels if item.name != LABELLED_BY])

    def sample_words(self) -> str:
        """ "300 images and 2 videos"."""
        return tr(" and ").join(count(number, kind) for kind, number in self.kinds.items())


def size_of(files: Collection[PackedFile]) -> int:
    """About how many bytes they are when packed."""
    return sum(item.size if _stored(item) else round(item.size * _LEFT)
               for item in files)


def plan_handover(project: Path, cancelled: Callable[[], bool] = lambda: False) -> HandOver:
    """Look what there is to hand over.

    Raises
    ------
    UsageError
        If there is no such folder.
    Cancelled
        If it is not wanted any more.
    """
    if not is_folder(project):
        raise UsageError(f"there is no folder {project}")
    from workbench.extension.run_names import title_of_run

    plan = HandOver(project)
    for name in Manifest.load(project).outside(project):
        plan.notes.append(tr("What lies outside the project’s folder does not come along: {name}.",
                             name=name))
    _sort_files(plan, cancelled)
    for run in list_runs(project):
        if run.best_path.is_file() and run.state["state"] not in ALIVE:
            plan.runs[run.name] = list(_files(run.path, f"runs/{run.name}/", plan.notes, cancelled,
                                              _STAYS))
            plan.titles[run.name] = title_of_run(run.name, _config(run))
    plan.notes += _odd_names([*plan.labels, *plan.samples, *plan.others])
    return plan


def _config(run: RunFolder) -> Mapping[str, object]:
    try:
        return run.config
    except WorkbenchError:
        return {}


def _sort_files(plan: HandOver, cancelled: Callable[[], bool]) -> None:
    for item in _files(plan.project, "", plan.notes, cancelled, {"runs"}):
        kind = kind_of_sample(item.path)
        if kind is not None:
            plan.samples.append(item)
            plan.kinds[kind] += 1
        elif item.path.suffix.lower() in _TEXTS or item.name.startswith("networks/"):
            plan.labels.append(item)
        elif not is_project_archive(item.path):  # what was handed over before stays
            plan.others.append(item)


def _files(folder: Path, start: str, notes: list[str], cancelled: Callable[[], bool],
           without: Collection[str] = ()) -> Iterator[PackedFile]:
    """All that is not hidden, in order; where a link leads to a file, that file."""
    for root, folders, files in os.walk(folder):
        if cancelled():
            raise Cancelled
        place = Path(root)
        left = without if place == folder else ()
        before = start + "".join(f"{part}/" for part in place.relative_to(folder).parts)
        folders[:] = sorted(name for name in folders
                            if not name.startswith(".") and name not in left)
        notes += [tr("“{name}” is a link to a folder, which does not come along.",
                     name=before + name) for name in folders if (place / name).is_symlink()]
        for name in sorted(files):
            if name.startswith(".") or name in left:
                continue
            stamp = file_stamp(place / name) if is_file(place / name) else None
            if stamp is None:
                notes.append(tr("“{name}” is not there: it refers to a file that was moved.",
                                name=before + name))
            elif not is_utf8(name):
                notes.append(tr("{name} does not come along: its name is no text.",
                                name=ascii(name)))
            else:
                yield PackedFile(place / name, before + name, stamp[1])


def _odd_names(files: Collection[PackedFile]) -> Iterator[str]:
    """Which names other computers do not take, or take for one."""
    unfit = [item.name for item in files if any(map(UNFIT.search, item.name.split("/")))]
    if unfit:
        yield tr("Windows does not take these names: {names}. Rename the files if anybody there is "
                 "to open it.", names=listed(unfit))
    alike = Counter(folded(item.name) for item in files)
    twice = [item.name for item in files if alike[folded(item.name)] > 1]
    if twice:
        yield tr("On Windows, on a Mac and on USB sticks these are one file, as only their case "
                 "differs: {names}. Rename one of them first.", names=listed(twice))


def _stored(item: PackedFile) -> bool:
    return item.path.suffix.lower() in _PACKED_ALREADY


# --- writing --------------------------------------------------------------------------------------


def write_handover(plan: HandOver, out: Path, runs: Collection[str] = (), *, samples: bool = True,
                   labels: bool = True, others: bool | None = None,
                   progress: ProgressCallback | None = None,
                   cancelled: Callable[[], bool] = lambda: False) -> int:
    """Write a ZIP file that appears when all is in it, and return its size in bytes.

    All lies in one folder of the project's name, so that it can be unpacked by hand, too. With
    labels goes a page that says what the data are (:mod:`.data_card`).

    Parameters
    ----------
    runs
        Names of the runs that go along.
    progress
        Called with the bytes that are done, and their total.

    Raises
    ------
    WorkbenchError
        If there is nothing to pack, a file cannot be read, or the disk refuses.
    Cancelled
        If it is not wanted any more. Either way what was at ``out`` before stays.
    """
    files = [item for item in plan.chosen(runs, samples=samples, labels=labels, others=others)
             if not _is_same(item.path, out)]
    if not files:
        raise WorkbenchError("there is nothing to hand over", path=plan.project)
    _require_room(out, size_of(files))
    written = _written_anew(plan, cancelled) if labels else {}
    done, total = 0, sum(item.size for item in files)
    with (replacing(out) as descriptor, os.fdopen(descriptor, "wb", closefd=False) as stream,
          zipfile.ZipFile(stream, "w", strict_timestamps=False) as archive):
        archive.comment = MARK
        top = _folder_name(plan.project)
        for name, text in written.items():
            archive.writestr(f"{top}/{name}", text, zipfile.ZIP_DEFLATED)
        for item in files:
            if item.name in written:
                continue
            for size in _add(archive, item, f"{top}/{item.name}"):
                if cancelled():
                    raise Cancelled
                done += size
                if progress is not None:
                    progress(done, total)
    return out.stat().st_size


def _written_anew(plan: HandOver, cancelled: Callable[[], bool]) -> dict[str, str | bytes]:
    """What goes along with labels as it is made for the one who gets them, by name: a page about
    the data, how labels are now, what the project says of itself, and lines and zones on videos."""
    written: dict[str, str | bytes] = {}
    if (card := card_to_write(plan.project)) is not None:
        written[CARD] = card
    if plan.manifest is not None:
        written[MANIFEST_NAME] = plan.manifest
    memory = remember_handed_over(plan.project, cancelled)
    written[common.FILE] = replace(memory, meant_for=plan.meant_for).render()
    if (places := places_to_hand_over(plan.project)) is not None:
        written[f"{STATE_FOLDER}/{counting.FILE}"] = places
    return written


def _add(archive: zipfile.ZipFile, item: PackedFile, name: str) -> Iterator[int]:
    """Add a file, telling after each piece how many bytes it was."""
    with DiskErrors(item.path, "read", kept="Nothing was written."):
        info = zipfile.ZipInfo.from_file(item.path, name, strict_timestamps=False)
        source = item.path.open("rb")
    info.external_attr = 0o100644 << 16
    if _is_state(item):  # without paths of this computer
        source.close()
        archive.writestr(info, state_elsewhere(RunFolder(item.path.parent)))
        yield item.size
        return
    info.compress_type = zipfile.ZIP_STORED if _stored(item) else zipfile.ZIP_DEFLATED
    with source, archive.open(info, "w", force_zip64=item.size > 2**31) as target:
        yield 0
        while data := source.read(_CHUNK):
            target.write(data)
            yield len(data)


def _is_state(item: PackedFile) -> bool:
    return item.name.startswith("runs/") and item.name.count("/") == 2 and item.path.name == STATE


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def _folder_name(project: Path) -> str:
    """What the folder in the archive is called: a name that every system takes."""
    return UNFIT.sub("-", project.resolve().name) or "project"


def _require_room(out: Path, size: int) -> None:
    with DiskErrors(out.parent):
        free = shutil.disk_usage(out.parent).free
    if size > free:
        raise WorkbenchError(f"it needs about {megabytes(size)}, and there are {megabytes(free)} "
                             "free", path=out.parent)
