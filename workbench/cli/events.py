"""``workbench events``: what happens in a video and when, listed, read and written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import UsageError
from workbench.core.events import (
    EventClasses,
    comment_of,
    in_time,
    span_of,
    subject_of,
    with_frames,
)
from workbench.core.paths import is_file
from workbench.core.terminal import print_json, print_table
from workbench.core.text import count
from workbench.core.video import time_text
from workbench.project.layout import project_above

if TYPE_CHECKING:
    from workbench.formats.event_files import ObservedVideo

FORMATS = ("csv", "boris", "boris-aggregated", "elan", "audacity")


def add(command: argparse.ArgumentParser) -> None:
    """Give ``events`` its options."""
    command.add_argument("video", type=Path, metavar="VIDEO", help="a video")
    command.add_argument("--read", type=Path, metavar="FILE",
                         help="add the events of this file: BORIS (tabular or aggregated events, "
                         "or a project .boris), ELAN (.eaf), Audacity labels, or such a table as "
                         "lies beside a video")
    command.add_argument("--out", type=Path, metavar="DIR", help="write them into this folder")
    command.add_argument("--format", choices=FORMATS,
                         help="with --out: how they are written (default: csv)")


def events(options: argparse.Namespace) -> int:
    """List the events beside a video, after adding those of a file; or write them."""
    from workbench.formats.event_files import ObservedVideo
    from workbench.media.video.reader import VideoReader
    from workbench.project.library.events import read_events_beside

    video = options.video
    if options.format and options.out is None:
        raise UsageError("--format needs a folder: --out DIR")
    if not is_file(video):
        raise UsageError(f"there is no video {video}")
    found = read_events_beside(video)  # before the frames are counted, which may take long
    with VideoReader(video) as reader:
        times, rate = reader.times(), reader.rate
    duration = times[-1] + 1 / rate if times else 0.0
    if options.read is not None:
        found = _add(options.read, video, times, duration)
    if options.out is not None:
        _write(ObservedVideo(video.name, found, duration, rate), options)
    else:
        _print(found, as_json=options.json)
    return 0


def _add(file: Path, video: Path, times: Sequence[float], duration: float,
         ) -> tuple[LabeledObject, ...]:
    """Write the events of a file to those beside the video, and return all; the project that it
    lies in knows their classes."""
    from workbench.formats.atomic import write_atomic
    from workbench.formats.event_files import read_events, without_known
    from workbench.formats.event_table import new_table, parse_events
    from workbench.project.edits.saver import read_or_none, unchanged
    from workbench.project.library.events import events_path

    own = events_path(video)
    data = read_or_none(own)
    base = parse_events(data, own) if data is not None else None
    kept = base.annotation.objects if base is not None else ()
    read = without_known(read_events(file, video.name, duration), kept)
    for note in read.notes:
        print(note, file=sys.stderr)
    after = Annotation((*kept, *with_frames(read.events, times)))
    if read.events:
        write_atomic(own, new_table(after) if base is None else base.render(after),
                     unchanged(own, data))  # a window may have saved events meanwhile
    _tell_project(video, read.classes)
    return after.objects


def _tell_project(video: Path, classes: EventClasses) -> None:
    """Put classes into the list of the project that the video lies in, where there is one."""
    from workbench.project.library.events import TABLE
    from workbench.project.manifest import Manifest

    folder = project_above(video)
    if folder is None:
        return
    manifest = Manifest.load(folder)
    before = EventClasses.from_json(manifest.settings.get(TABLE, {}))
    after = before
    for name in classes.names:
        after = after.with_class(name, moment=name in classes.moments)
    if after != before and manifest.problem is None:
        manifest.settings[TABLE] = {**manifest.settings.get(TABLE, {}), **after.to_json()}
        manifest.save(folder)


def _write(film: ObservedVideo, options: argparse.Namespace) -> None:
    """Write events into the folder that was named, and say what got lost."""
    from workbench.formats.event_files import EVENT_FORMATS
    from workbench.project.imports.files import make_folder

    make_folder(options.out)
    kind = next(item for item in EVENT_FORMATS if item.id == (options.format or "csv"))
    made = kind.write(film, options.out)
    for words in kind.lost(film.events):
        print(words, file=sys.stderr)
    print_json({"written": str(made), "events": len(film.events)}) if options.json else \
        print(f"{count(len(film.events), 'event')} written to {made}")


def _print(found: Sequence[LabeledObject], *, as_json: bool) -> None:
    rows = in_time(found)
    if as_json:
        print_json([{
            "class": item.label, "subject": subject_of(item), "start": span.start,
            "stop": span.stop, "start_frame": span.first, "stop_frame": span.last,
            "kind": "moment" if span.moment else "span", "comment": comment_of(item)}
            for item in rows for span in [span_of(item)]])
        return
    print_table([["class", "subject", "start", "stop", "seconds", "comment"], *(
        [item.label, subject_of(item), time_text(span.start),
         "running" if span.stop is None else "" if span.moment else time_text(span.stop),
         "" if span.moment or span.stop is None else f"{span.duration:.2f}", comment_of(item)]
        for item in rows for span in [span_of(item)])])
    print(count(len(rows), "event"))
