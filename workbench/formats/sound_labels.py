"""Labels of sounds as other programs read them: a file beside each sound, or one table for all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable

from workbench.extension.annotation_formats import AnnotatedSample, LabeledObject, Target
from workbench.formats.raven import new_raven
from workbench.formats.textgrid import textgrid

_HEADING = ("file", "start", "end", "label", "low_hz", "high_hz")


def write_raven(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """A selection table of Raven beside each sound."""
    _write(target, samples, ".selections.txt", _raven)


def write_audacity(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """A label track of Audacity beside each sound."""
    _write(target, samples, ".txt", lambda sample, _: audacity_labels(_objects(sample)))


def write_textgrid(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """A TextGrid of Praat beside each sound."""
    _write(target, samples, ".TextGrid",
           lambda sample, extent: textgrid(_objects(sample), extent[0]))


def write_table(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """One table for all, ``segments.csv``, in seconds and hertz."""
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(_HEADING)
    for sample in samples:
        target.place(sample, sample.name)
        rows.writerows((sample.name, _digits(item.start), _digits(item.end), item.label,
                        _digits(item.low), _digits(item.high)) for item in _objects(sample))
    target.write("segments.csv", stream.getvalue())


Text = Callable[[AnnotatedSample, tuple[float, float]], str | bytes]


def _write(target: Target, samples: Iterable[AnnotatedSample], ending: str, text: Text) -> None:
    for sample in samples:
        target.place(sample, sample.name)
        if sample.extent is not None:
            target.write(sample.name.rpartition(".")[0] + ending, text(sample, sample.extent))


def _objects(sample: AnnotatedSample) -> tuple[LabeledObject, ...]:
    return sample.annotation.objects if sample.annotation is not None else ()


def _raven(sample: AnnotatedSample, extent: tuple[float, float]) -> bytes:
    assert sample.annotation is not None
    return new_raven(sample.annotation.objects).render(sample.annotation, extent[1])


def audacity_labels(regions: Iterable[LabeledObject]) -> str:
    """The text of a label track."""
    lines = []
    for item in regions:
        label = " ".join(item.label.split())
        lines.append(f"{item.start:.6f}\t{item.end:.6f}\t{label}\n")
        if item.low is not None or item.high is not None:
            low, high = (-1.0 if value is None else value for value in (item.low, item.high))
            lines.append(f"\\\t{low:.6f}\t{high:.6f}\n")
    return "".join(lines)


def _digits(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".") or "0"
