"""``workbench tracks``: the tracks of a video, listed, read and written."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import UsageError
from workbench.core.paths import is_file
from workbench.core.terminal import print_json, print_table
from workbench.core.text import count
from workbench.core.tracks import track_of, with_tracks
from workbench.core.video import time_text
from workbench.project.layout import project_above

if TYPE_CHECKING:
    from workbench.formats.track_files import TrackedVideo


def add(command: argparse.ArgumentParser) -> None:
    """Give ``tracks`` its options."""
    command.add_argument("video", type=Path, metavar="VIDEO", help="a video")
    command.add_argument("--read", type=Path, metavar="FILE",
                         help="add the tracks of this file: CVAT for video (.xml), MOT (gt.txt), "
                         "or a folder of YOLO with a text file for each frame")
    command.add_argument("--out", type=Path, metavar="DIR", help="write them into this folder")
    command.add_argument("--format", choices=("cvat", "mot", "yolo"),
                         help="with --out: how they are written (default: cvat)")


def tracks(options: argparse.Namespace) -> int:
    """List the tracks beside a video, after adding those of a file; or write them."""
    from workbench.formats.atomic import write_atomic
    from workbench.formats.cvat_video import VideoFacts, new_file, parse
    from workbench.formats.label_json import LIMIT
    from workbench.formats.regular_file import read_file
    from workbench.formats.track_files import TrackedVideo, read_tracks
    from workbench.media.video.reader import VideoReader
    from workbench.project.edits.saver import unchanged
    from workbench.project.library.videos import tracks_path

    video = options.video
    if options.format and options.out is None:
        raise UsageError("--format needs a folder: --out DIR")
    if not is_file(video):
        raise UsageError(f"there is no video {video}")
    own = tracks_path(video)
    data = read_file(own, LIMIT) if is_file(own) else None
    base = parse(data, own) if data is not None else None
    found = base.annotation.objects if base is not None else ()
    with VideoReader(video) as reader:
        times = reader.times()
        facts, rate = VideoFacts(video.name, len(times), reader.size), reader.rate
    if options.read is not None:
        read = read_tracks(options.read, facts)
        for note in read.notes:
            print(note, file=sys.stderr)
        found = with_tracks(found, read.tracks)
        after = Annotation(found)
        write_atomic(own, new_file(after, facts) if base is None else base.render(after),
                     unchanged(own, data))  # a window may have saved tracks meanwhile
    if options.out is not None:
        _write(TrackedVideo(found, facts, rate, _classes(video, found)), options)
    else:
        _print_tracks(found, times, as_json=options.json)
    return 0


def _write(video: TrackedVideo, options: argparse.Namespace) -> None:
    """Write tracks into the folder that was named, and say what got lost."""
    from workbench.formats.track_files import TRACK_FORMATS
    from workbench.project.imports.files import make_folder

    make_folder(options.out)
    kind = next(item for item in TRACK_FORMATS if item.id == (options.format or "cvat"))
    made = kind.write(video, options.out)
    for words in kind.lost(video.tracks):
        print(words, file=sys.stderr)
    print_json({"written": str(made), "tracks": len(video.tracks)}) if options.json else \
        print(f"{count(len(video.tracks), 'track')} written to {made}")


def _print_tracks(found: tuple[LabeledObject, ...], times: list[float], *, as_json: bool) -> None:
    """List tracks; ``times`` are those of the frames, in seconds."""
    rows = [(track_of(item), item.label, track_of(item).spans(len(times) - 1)) for item in found]
    if as_json:
        print_json([{"track": track.id, "label": label, "seen": [
            {"first": first, "last": last, "from": times[first],
             "to": times[min(last, len(times) - 1)]} for first, last in spans],
            "key_frames": [key.frame for key in track.keys]} for track, label, spans in rows])
        return
    print_table([["track", "class", "key frames", "frames", "time"], *(
        [str(track.id), label, str(len(track.keys)), f"{spans[0][0]}–{spans[-1][1]}",
         f"{time_text(times[spans[0][0]])}–{time_text(times[min(spans[-1][1], len(times) - 1)])}"]
        for track, label, spans in rows if spans)])
    print(f"{count(len(found), 'track')} in {count(len(times), 'frame')}")


def _classes(video: Path, found: tuple[LabeledObject, ...]) -> tuple[str, ...]:
    """The classes of the project that the video lies in, and others in their order."""
    from workbench.project.manifest import Manifest

    folder = project_above(video)
    known = Manifest.load(folder).classes if folder is not None else []
    return tuple(filter(None, dict.fromkeys([*known, *(item.label for item in found)])))
