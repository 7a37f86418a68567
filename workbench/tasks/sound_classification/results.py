"""What is shown of a classifier of sounds: its scores on a split beside the labels. No Qt in here.

Everything that takes time is a plain function, to be called on the worker's thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.evaluation import scored
from workbench.evaluation.scored import ScoredSet, ScoredSnapshot
from workbench.formats.scores import load_scores
from workbench.project import class_results
from workbench.project.class_results import PartLabels, is_shared, join_scores, left_out_text
from workbench.project.datasets.sounds import SoundSample, load_sound_dataset, samples_of
from workbench.project.datasets.splits import PARTS
from workbench.project.runs import RunFolder

SoundLabels = PartLabels[SoundSample]
SoundSet = ScoredSet[SoundSample]
SoundSnapshot = ScoredSnapshot[SoundSample]
SoundKey = tuple[str, float, float]
NOUNS = ("sound", "region", "sound or region")
"""What samples are called: all of them sounds as a whole, all of them parts, or both."""
Fresh = Mapping[SoundKey, str]
"""Labels that differ from the disk's, by ``SoundSample.score_key``."""


def key_of(sound: SoundSample) -> SoundKey:
    """What tells a sound from all others."""
    return sound.score_key


def noun_of(sounds: Sequence[SoundSample]) -> str:
    """What they are called: regions, where each is a part of a recording; one of :data:`NOUNS`."""
    kinds = {sound.whole for sound in sounds}
    return NOUNS[2] if len(kinds) == 2 else NOUNS[1] if kinds == {False} else NOUNS[0]


def read_sounds(project: Path, run: RunFolder) -> SoundLabels:
    """The labelled sounds of a run's split; raises WorkbenchError where that cannot be read."""
    name = run.split
    data = load_sound_dataset(project, name, run=run.path)
    return PartLabels(name, "" if is_shared(project, name) else run.name, {
        part: tuple(item for record in data.part(part) for item in samples_of(record))
        for part in PARTS
    }, {part: " ".join(filter(None, (data.doubt(part), left_out_text(data.unread(part)))))
        for part in PARTS}, held_out(run))


def held_out(run: RunFolder) -> object:
    """What was held out within recordings when a run was trained; None for nothing."""
    split = run.config.get("split")
    return split.get("held_out") if isinstance(split, dict) else None


def open_sounds(
    run: RunFolder, part: str, labels: SoundLabels, project_classes: Sequence[str], fresh: Fresh
) -> SoundSet:
    """Join a run's stored scores with the labels.

    Raises
    ------
    WorkbenchError
        If the scores cannot be read.
    """
    found = load_scores(run.predictions_path(part))
    now = join_scores(found, labels, part, project_classes)
    whole = ScoredSet(run.name, part, (), now.classes, now.scores[:0], now.samples, now.scores,
                      missing=now.missing, doubt=now.doubt,
                      background=bool(found.meta.get("background")))
    return relabelled(whole, fresh)


def relabelled(results: SoundSet, fresh: Fresh) -> SoundSet:
    """The same scores beside labels that were mended since."""
    return scored.relabelled(results, fresh, key_of)


def csv_bytes(shown: SoundSnapshot) -> bytes:
    """The sounds in the list with their scores, as CSV (UTF-8, one head line)."""
    return class_results.csv_bytes(
        shown, ("file", "start", "end"),
        lambda sound: [sound.key, f"{sound.start:.3f}", f"{sound.end:.3f}"])
