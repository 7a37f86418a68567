"""``workbench pages``: images of the pages of stacks."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from workbench.cli.signals import Asked, on_signals
from workbench.core.background import Cancelled
from workbench.core.errors import UsageError
from workbench.core.paths import is_file, is_folder
from workbench.core.pixel_size import PixelSize
from workbench.core.terminal import StatusLine, print_json
from workbench.core.text import count
from workbench.project.manifest import Manifest
from workbench.project.stack_images import (
    COLOURS,
    PageChoice,
    PagesWritten,
    StackFile,
    find_stacks,
    planned_text,
    write_page_images,
)


def add(command: argparse.ArgumentParser) -> None:
    """Give ``pages`` its options."""
    command.add_argument("source", type=Path, metavar="SRC",
                         help="a TIFF with several pages, a file of a microscope (CZI, LIF, ND2), "
                         "DICOM, or a folder with such files")
    target = command.add_mutually_exclusive_group()
    target.add_argument("--project", type=Path, default=None, metavar="DIR",
                        help="the project that gets the images (default: the one that SRC is, or "
                        "lies in)")
    target.add_argument("--out", type=Path, default=None, metavar="DIR",
                        help="a folder for the images, instead of a project")
    command.add_argument("--slices", choices=["all", "max", "mean"], default="all",
                         help="an image of each slice, or one of all: their largest values, or "
                         "their mean (default: all)")
    command.add_argument("--every", type=int, default=1, metavar="N",
                         help="only each n-th slice (default: 1)")
    command.add_argument("--frames", type=int, default=1, metavar="N",
                         help="only each n-th frame of a time lapse (default: 1)")
    command.add_argument("--channels", default=COLOURS, metavar="HOW",
                         help="colours: of one picture, up to three; each: an image of each; or "
                         "the number of one, from 1 (default: colours)")
    command.add_argument("--image", default="", metavar="NAME",
                         help="of a file of several images (scenes, series, positions), the one of "
                         "this name or number, from 1")
    command.add_argument("--own-range", action="store_true",
                         help="stretch each channel that becomes a colour to its own range, so "
                         "that dim ones are seen, too")
    command.add_argument("--check", action="store_true", help="only say what would be made")


def pages(options: argparse.Namespace) -> int:
    """Make images of pages; returns the exit code."""
    choice = PageChoice(options.slices, options.every, options.channels, options.frames,
                        options.own_range)
    project = options.project or (None if options.out else _project_of(options.source))
    if project is not None and not is_folder(project):
        raise UsageError(f"there is no folder {project}")
    failed: list[str] = []
    manifest = Manifest.load(project) if project is not None else None
    images = (project / manifest.layout.images).absolute() if project and manifest else None
    stacks = _chosen(find_stacks(_files(options.source, project), failed=failed, images=images),
                     options.image)
    for sentence in failed:
        print(sentence, file=sys.stderr)
    if not stacks and failed:
        return 1
    if not stacks:
        raise UsageError(f"there is no stack with an image of this name: {options.source}"
                         if options.image else "there is no TIFF with several pages, no file of a "
                         f"microscope and no DICOM: {options.source}")
    if project is None and options.out is None:
        raise UsageError("--project DIR or --out DIR says where the images go")
    folder = project / manifest.new_images if project and manifest else options.out
    if not options.json:
        for item in stacks:
            print(f"{item.shown_name}: {item.stack.words()}")
    planned = planned_text(stacks, choice)
    if options.check or not planned:
        if options.json:
            _print_json(folder, stacks, choice, PagesWritten())
        else:
            print(planned or "No image fits.")
        return 0
    return _write(stacks, choice, folder, project, manifest, options)


def _chosen(stacks: list[StackFile], wanted: str) -> list[StackFile]:
    """Those of the name, or the number among the images of their file, that is wanted."""
    if not wanted:
        return stacks
    files: dict[Path, list[StackFile]] = {}
    for item in stacks:
        files.setdefault(item.path, []).append(item)
    return [item for found in files.values() for number, item in enumerate(found, start=1)
            if wanted in (item.stack.title, str(number))]


def _project_of(source: Path) -> Path | None:
    """The project that a folder is, or a file lies in."""
    source = source.absolute()
    return next((folder for folder in (source, *source.parents)
                 if is_folder(folder) and Manifest.load(folder).exists), None)


def _files(source: Path, project: Path | None) -> list[tuple[str, Path]]:
    """Names and paths of the files that are meant; in a project, names are keys."""
    if is_file(source):
        paths = [source]
    elif is_folder(source):
        from workbench.media.images.stack_kinds import STACK_SUFFIXES
        from workbench.project.library.scan import find_media

        paths = [source / key for key in sorted(find_media(source, STACK_SUFFIXES))]
    else:
        raise UsageError(f"there is no file or folder {source}")
    base = source if is_folder(source) else source.parent
    inside = project is not None and source.absolute().is_relative_to(project.absolute())
    if inside and project is not None:
        return [(path.absolute().relative_to(project.absolute()).as_posix(), path)
                for path in paths]
    return [(path.relative_to(base).as_posix(), path) for path in paths]


def _write(stacks: list[StackFile], choice: PageChoice, folder: Path, project: Path | None,
           manifest: Manifest | None, options: argparse.Namespace) -> int:
    from workbench.project.pixel_sizes import pixel_size_at, pixel_size_of_file

    line, done, asked = StatusLine(), PagesWritten(), Asked()

    def size_of(item: StackFile) -> PixelSize | None:
        if manifest is None or project is None:
            return pixel_size_of_file(item.path)
        return pixel_size_at(manifest.pixel_sizes, project, item.path)

    def progress(at: int, total: int) -> None:
        if asked.once:
            raise Cancelled
        line.show(f"Making image {at + 1}/{total}")

    with on_signals(asked.stop, asked.stop), suppress(Cancelled):
        write_page_images(stacks, choice, folder, size_of, done, progress)
    line.clear()
    if options.json:
        _print_json(folder, stacks, choice, done)
    else:
        where = "beside the files" if all(item.beside for item in stacks) else f"in {folder}"
        print(f"{done.words()} They are {where}.")
        pages = sum(not item.stack.tiles for item in stacks)
        if project is not None and done.made and pages:
            print(f"The {count(pages, 'stack')} may be moved elsewhere: the first page of each is "
                  "an image of the project, too.")
    if asked.once:
        print("Interrupted. The same command goes on from there.", file=sys.stderr)
        return 130
    return 1 if done.failed else 0


def _print_json(folder: Path, stacks: list[StackFile], choice: PageChoice,
                done: PagesWritten) -> None:
    print_json({
        "folder": str(folder),
        "stacks": [{"file": str(item.path), "channels": item.stack.channels,
                    "image": item.stack.title, "slices": item.stack.slices,
                    "frames": item.stack.frames,
                    "images": len(choice.images(item.stack))} for item in stacks],
        "made": [str(path) for path in done.made], "there": done.there, "failed": done.failed})
