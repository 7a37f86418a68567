"""Damaged files for every reader: each answers with what it read or with the program's own error.

    python -m tests.reliability.fuzz --minutes 10            # all readers
    python -m tests.reliability.fuzz --minutes 10 voc card   # two of them

A plain mutation fuzzer without coverage: bytes are flipped, cut out, doubled, spliced and replaced
by numbers and brackets that hurt. What it does depends on the seed alone. Files that once ended in
an uncaught exception lie in ``seeds/``, named after their reader.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import shutil
import signal
import struct
import tempfile
import time
import traceback
import wave
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.support.label_sets import read_set, written_set
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.detections import Detections
from workbench.core.errors import WorkbenchError
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.shapes import Box, Region
from workbench.engine.models.card import KEY, ModelCard, read_card
from workbench.extension.annotation_formats import annotation_formats
from workbench.extension.detection import DataFacts
from workbench.extension.holds import Losses, fit
from workbench.formats.audacity import parse_audacity
from workbench.formats.image_sets import read_image_set
from workbench.formats.predictions import PredictionSet, load_predictions, save_predictions
from workbench.formats.raven import parse_raven
from workbench.formats.scores import ScoreSet, load_scores, save_scores
from workbench.formats.textgrid import parse_textgrid, textgrid
from workbench.formats.voc import new_voc, parse_voc, summarize_voc
from workbench.gui.train.history_loader import read_history
from workbench.jobs.commands import Train, TrainRequest
from workbench.jobs.events import Epoch, Preview, Started, Step
from workbench.jobs.protocol import ProtocolError, decode_command, encode
from workbench.media.images.file_kinds import kind_of_file
from workbench.media.images.header import read_image_info
from workbench.media.sounds.sound_info import read_sound_info
from workbench.project.datasets.splits import Split, load_split, save_split
from workbench.project.library.clip_labels import read_label_csv
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder

SEEDS = Path(__file__).with_name("seeds")
HANG = 20
"""Seconds after which an execution counts as one that never ends."""
_HURTS = (
    b"0", b"-1", b"1e999", b"NaN", b"null", b"true", b"[]", b"{}", b'""', b"99999999999999999999",
    b"\xff\xff\xff\xff", b"\0", b"<", b">", b"&", b"]]>", b"<!--", b"\xef\xbb\xbf", b"\xff\xfe",
    b"[" * 3000, b'{"a":' * 3000, b"\t", b"\n", b"\r\n", b"'", b'"', b"\xc3", b"9" * 5000,
)


@dataclass(frozen=True)
class Target:
    """A reader: what it reads when all is well, and how it is called with the bytes of a file."""

    seeds: list[bytes]
    read: Callable[[bytes], object]


@dataclass
class Report:
    """What came of it; ``findings`` are bytes and the traceback by the place that raised."""

    executions: Counter[str] = field(default_factory=Counter)
    findings: dict[str, tuple[bytes, str]] = field(default_factory=dict)


class _Hang(Exception):
    pass


def targets(folder: Path) -> dict[str, Target]:
    """Every reader by name; ``folder`` is theirs."""
    through = _Files(folder)
    made = {
        "voc": Target(_voc_seeds(), _read_voc),
        "image": Target(_image_seeds(), through.file("a.img", read_image_info)),
        "kind": Target(_image_seeds(), through.file("kind.bin", kind_of_file)),
        "sound": Target([_wav()], through.file("a.wav", read_sound_info)),
        "raven": Target([b"Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\t"
                         b"High Freq (Hz)\tAnnotation\n1\tSpectrogram 1\t1\t0.5\t1.5\t100\t900\ta\n"
                         b"1\tWaveform 1\t1\t0.5\t1.5\t100\t900\ta\n"], parse_raven),
        "audacity": Target([b"0.5\t1.5\ta\n\\\t100\t900\n2\t3\tb c\n"], parse_audacity),
        "labels": Target([b"filename,category,fold\na.wav,dog,1\nb/c.wav,cat,2\n"],
                         through.file("labels.csv", read_label_csv)),
        "imageset": Target([b"a 1\nb -1\nc 0\n", b"a\nb\n"],
                           through.file("train.txt", read_image_set)),
        "toml": Target([b'name = "x"\nclasses = ["a", "b"]\n[colors]\na = "#ff0000"\n[sounds]\n'
                        b'labels = "folder"\n'],
                       through.file("workbench.toml", lambda path: Manifest.load(path.parent))),
        "split": Target([through.bytes_of("splits/default.json", lambda path: save_split(
            folder, Split(train=["a.jpg"], val=["b.jpg"], test=["c.jpg"])))],
            through.file("splits/default.json", lambda path: load_split(folder))),
        "predictions": Target([through.bytes_of("p.npz", _save_predictions)],
                              through.file("p.npz", load_predictions)),
        "scores": Target([through.bytes_of("s.npz", _save_scores)],
                         through.file("s.npz", load_scores)),
        "card": Target([_card()], through.file("best.safetensors", read_card)),
        "command": Target([encode(Train("1", "/p", TrainRequest(settings={"a": 1}))).encode()],
                          lambda data: decode_command(data.decode("utf-8", "replace"))),
    }
    made["textgrid"] = Target([textgrid([LabeledObject("a", Region(0.5, 1.0))], 2.0).encode()],
                              parse_textgrid)
    made |= _run_targets(folder)
    made |= _label_targets(folder)
    for path in sorted(SEEDS.glob("*.bin")):
        made[path.name.partition("_")[0]].seeds.append(path.read_bytes())
    return made


def _label_targets(folder: Path) -> dict[str, Target]:
    """The readers of labels of other programs, each with the file that it writes itself."""
    objects = (
        LabeledObject("cat", Box(1, 2, 30, 40), {"occluded": True}),
        LabeledObject("dog", Polygon((((9, 9), (50, 9), (50, 60)),
                                      ((90, 90), (150, 90), (150, 160)))), {"colour": "red"}),
        LabeledObject("cat", RotatedBox((100, 100), 40, 20, 0.5)),
        LabeledObject("dog", Mask(5, 6, 3, 2, (1, 2, 1, 2))),
        LabeledObject("cat", Keypoints(((1, 2), (3, 4)), (2, 1), Box(0, 0, 9, 9))))
    made: dict[str, Target] = {}
    for kind in annotation_formats:
        if kind.native or not kind.read or not kind.write or kind.medium != "images":
            continue
        place = folder / f"labels-{kind.id}"
        whole = fit(Annotation(objects), kind.holds, Losses())
        with written_set(kind.id, [("a.png", "train", whole.objects)]) as written:
            shutil.copytree(written, place, dirs_exist_ok=True)
        for path in sorted(place.rglob("*")):
            if path.suffix in (".json", ".txt", ".xml", ".csv", ".yaml", ".record"):
                name = f"{kind.id}-{path.suffix[1:]}"
                made[name] = Target([path.read_bytes()], _reads_set(path, place, kind.id))
    return made


def _reads_set(path: Path, place: Path, format: str) -> Callable[[bytes], object]:
    whole = path.read_bytes()

    def read(data: bytes) -> object:
        path.write_bytes(data)
        try:
            return read_set(place, format)
        finally:
            path.write_bytes(whole)

    return read


class _Files:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file(self, name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
        """``read`` for the bytes of a file called ``name``."""
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)

        def through(data: bytes) -> object:
            path.write_bytes(data)
            return read(path)

        return through

    def bytes_of(self, name: str, write: Callable[[Path], object]) -> bytes:
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        write(path)
        return path.read_bytes()


def _run_targets(folder: Path) -> dict[str, Target]:
    config = {"recipe": "compact-n", "task": "detection", "classes": ["a"], "epochs": 2,
              "split": {"name": "default", "train": 1, "val": 1, "test": 0}, "batch_size": 2}
    run = RunFolder.create(folder, "fuzz", config, day=date(2026, 1, 2))
    run.write_state(state="finished", pid=0, metrics={"val": {"map": 0.5}})
    events = [Started("1", run.name, config), Step("1", 1, 2, 1, 4, {"loss": 1.0}, 0.1, 9.0, {},
                                                   0.1, 3.0),
              Preview("1", 1, [{"file": "a", "boxes": [[1, 2, 3, 4]], "labels": ["a"],
                                "scores": [0.5]}]),
              Epoch("1", 1, 2, {"loss": 1.0}, {"map": 0.5}, 1.0, True)]
    lines = b"".join(encode(event).encode() + b"\n" for event in events)

    def reader(path: Path, read: Callable[[], object]) -> Callable[[bytes], object]:
        def through(data: bytes) -> object:
            path.write_bytes(data)
            return read()

        return through

    return {
        "config": Target([(run.path / "config.json").read_bytes()],
                         reader(run.path / "config.json", lambda: (run.task, run.config))),
        "state": Target([(run.path / "state.json").read_bytes()],
                        reader(run.path / "state.json", lambda: run.state)),
        "metrics": Target([lines], reader(run.events_path, lambda: read_history(run))),
    }


def _voc_seeds() -> list[bytes]:
    boxes = tuple(LabeledObject(name, Box(1.0, 2.0, 30.0, 40.0)) for name in ("a", "b & c"))
    labelimg = new_voc(Annotation(boxes, size=(64, 48)), image_path=Path("/a/b.jpg"))
    return [labelimg, labelimg.replace(b"\t", b"").replace(b"<pose>", b'<pose a="b">'),
            b'<?xml version="1.0" encoding="utf-16"?><annotation/>'.decode().encode("utf-16"),
            b"<annotation><object><name>x</name><robndbox/></object><object/></annotation>",
            new_voc(_outlined(), image_path=Path("/a/b.jpg"))]


def _outlined() -> Annotation:
    """One object of each shape."""
    ring = ((1.0, 2.0), (9.5, 2.0), (9.5, 8.0))
    shapes = (Polygon((ring, (*ring[:2], (7.0, 4.0)))), RotatedBox((20.0, 20.0), 9.0, 4.0, 0.5),
              Keypoints(ring, (0, 1, 2)), Mask(3, 4, 2, 2, (1, 2, 1)))
    return Annotation(tuple(LabeledObject("a", shape, {"occluded": True, "age": 3.0})
                            for shape in shapes), size=(64, 48))


def _read_voc(data: bytes) -> None:
    """The fast way and the whole way accept the same files, and nothing changed is nothing new."""
    try:
        summary = summarize_voc(data)
    except WorkbenchError:
        summary = None
    try:
        document = parse_voc(data)
    except WorkbenchError:
        assert summary is None, "summarized, but not read"
        return
    assert summary is not None, "read, but not summarized"
    assert summary.counts == document.annotation.counts()
    assert document.render(document.annotation) == data


def _image_seeds() -> list[bytes]:
    exif = Image.Exif()
    exif[0x0112] = 6
    made = []
    for kind, options in (("JPEG", {"exif": exif}), ("PNG", {}), ("GIF", {}), ("BMP", {}),
                          ("TIFF", {}), ("WEBP", {}), ("WEBP", {"lossless": True})):
        stream = io.BytesIO()
        Image.new("RGB", (9, 7), "red").save(stream, kind, **options)  # type: ignore[arg-type]
        made.append(stream.getvalue())
    return made


def _wav() -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(64))
    return stream.getvalue()


def _save_predictions(path: Path) -> None:
    found = Detections(np.ones((2, 4), np.float32), np.ones(2, np.float32), np.zeros(2, np.int64))
    save_predictions(path, PredictionSet(["a.jpg"], [(9, 7)], [found], ["x"], {"model": "m"}))


def _save_scores(path: Path) -> None:
    save_scores(path, ScoreSet(["a.wav"], np.array([[0.0, 1.0]]), np.zeros(1, np.int64),
                               np.ones((1, 2), np.float32), ["x", "y"], {"model": "m"}))


def _card() -> bytes:
    facts = DataFacts(1, 1, ((9, 7),), ((2.0, 3.0),), (0.1,), 1, (1,))
    card = ModelCard("id", "compact-n", ("a",), {"lr": 0.1}, asdict(facts), (64, 64))
    header = json.dumps({"__metadata__": {KEY: json.dumps(card.to_json())}}).encode()
    return struct.pack("<Q", len(header)) + header


# Mutation


def mutated(data: bytes, seeds: list[bytes], draw: random.Random) -> bytes:
    """``data`` with one to six things done to it."""
    result = bytearray(data)
    for _ in range(draw.choice((1, 1, 1, 2, 3, 6))):
        draw.choice(_WAYS)(result, seeds, draw)
    return bytes(result[: 1 << 17])


def _part(data: bytearray, draw: random.Random, most: int = 64) -> slice:
    start = draw.randrange(len(data) + 1)
    return slice(start, min(len(data), start + draw.randrange(1, most)))


def _flip(data: bytearray, _: list[bytes], draw: random.Random) -> None:
    if data:
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)


def _set(data: bytearray, _: list[bytes], draw: random.Random) -> None:
    if data:
        data[draw.randrange(len(data))] = draw.randrange(256)


def _cut(data: bytearray, _: list[bytes], draw: random.Random) -> None:
    del data[_part(data, draw)]


def _end(data: bytearray, _: list[bytes], draw: random.Random) -> None:
    del data[draw.randrange(len(data) + 1):]


def _double(data: bytearray, _: list[bytes], draw: random.Random) -> None:
    part = _part(data, draw, 512)
    data[part.start:part.start] = bytes(data[part]) * draw.choice((1, 1, 2, 50))


def _hurt(data: bytearray, _: list[bytes], draw: random.Random) -> None:
    part = _part(data, draw, 8)
    data[part if draw.random() < 0.5 else slice(part.start, part.start)] = draw.choice(_HURTS)


def _number(data: bytearray, _: list[bytes], draw: random.Random) -> None:
    """Put something else in the place of a number."""
    digits = [at for at, value in enumerate(data) if 48 <= value < 58]
    if digits:
        at = draw.choice(digits)
        data[at : at + 1] = draw.choice(_HURTS)


def _splice(data: bytearray, seeds: list[bytes], draw: random.Random) -> None:
    other = bytearray(draw.choice(seeds))
    data[_part(data, draw, 256)] = other[_part(other, draw, 256)]


_WAYS = (_flip, _set, _cut, _end, _double, _hurt, _number, _splice)


# Running


def execute(target: Target, data: bytes) -> str | None:
    """Read ``data``; the traceback where that ends in anything but the program's own error."""
    try:
        with _alarm():
            target.read(data)
    except (WorkbenchError, ProtocolError):
        return None
    except Exception:
        return traceback.format_exc()
    return None


@contextmanager
def _alarm() -> Iterator[None]:
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def ring(*_: Any) -> None:
        raise _Hang(f"no answer within {HANG} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(HANG)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def fuzz(
    names: Iterable[str], *, seed: int, rounds: int | None = None, until: float | None = None
) -> Report:
    """Give every reader its seeds, then mutations of them in turn.

    Parameters
    ----------
    rounds
        Mutations for each reader, or None for as many as there are before ``until``, a time of
        ``time.monotonic``.
    """
    report, draw = Report(), random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        known = targets(Path(folder))
        chosen = {name: known[name] for name in (list(names) or known)}
        for name, target in chosen.items():
            for data in target.seeds:
                _note(report, name, target, data)
        done = 0
        while (rounds is None or done < rounds) and (until is None or time.monotonic() < until):
            for name, target in chosen.items():
                data = mutated(draw.choice(target.seeds), target.seeds, draw)
                _note(report, name, target, data)
            done += 1
    return report


def _note(report: Report, name: str, target: Target, data: bytes) -> None:
    report.executions[name] += 1
    trace = execute(target, data)
    if trace is not None:
        lines = trace.strip().splitlines()
        place = next((line.strip() for line in reversed(lines) if 'File "' in line), "")
        report.findings.setdefault(f"{name}: {lines[-1][:120]} ({place})", (data, trace))


def main() -> int:
    """Run for some minutes, keep what was found, and say how many executions it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="readers; all by default")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"),
                        help="folder for the files that were found")
    options = parser.parse_args()
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))  # a claim of memory must fail
    report = fuzz(options.names, seed=options.seed,
                  until=time.monotonic() + 60 * options.minutes)
    for number, (what, (data, trace)) in enumerate(sorted(report.findings.items())):
        options.keep.mkdir(exist_ok=True)
        stem = options.keep / f"{what.partition(':')[0]}_{number}"
        stem.with_suffix(".bin").write_bytes(data)
        stem.with_suffix(".txt").write_text(trace)
        print(what)
    print(f"seed {options.seed}: {report.executions.total():,} executions, "
          f"{len(report.findings)} findings")
    for name, count in sorted(report.executions.items()):
        print(f"  {name}: {count:,}")
    return 1 if report.findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
