"""A project of generated tones with runs whose scores are made up, or the model's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from workbench.formats.scores import ScoreSet, save_scores
from workbench.project.datasets.sounds import SoundSample, load_sound_dataset, samples_of
from workbench.project.datasets.splits import Split, save_split
from workbench.project.runs import RunFolder

CLASSES = {"hum": 200, "tone": 900, "whistle": 2400}
RATE = 8000


def make_tones(folder: Path, each: int = 6) -> Path:
    """Half a second of a sine in noise, for each class, speaker and number."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    time = np.arange(RATE // 2) / RATE
    for name, frequency in CLASSES.items():
        for speaker in ("ann", "bob"):
            for number in range(each // 2):
                wave = 0.3 * np.sin(2 * np.pi * frequency * time) * np.hanning(len(time))
                noise = 0.02 * rng.standard_normal(len(time))
                soundfile.write(folder / f"{name}_{speaker}_{number}.wav",
                                (wave + noise).astype(np.float32), RATE)
    return folder


def all_in_test(folder: Path) -> Split:
    """Every clip is judged; the first one is what was learned from."""
    keys = sorted(path.name for path in folder.glob("*.wav"))
    return Split("mine", 0, keys[:1], [], keys[1:])


def add_sound_run(
    project: Path, *, confident: float = 3.0, confuse: tuple[str, str] = ("whistle", "tone"),
    confused: int = 3, stored: bool = True, leave_out: int = 0,
) -> RunFolder:
    """A finished run; ``confused`` sounds of one class are taken for another."""
    split = all_in_test(project)
    data = load_sound_dataset(project, split)
    run = RunFolder.create(project, "sound-cnn", {
        "recipe": "sound-cnn", "task": "audio-classification", "classes": data.classes,
        "split": {"name": "mine"}, "epochs": 2})
    save_split(run.path, split)
    run.best_path.write_bytes(b"")
    run.write_state(state="finished", pid=0)
    if stored:
        sounds = [item for record in data.test for item in samples_of(record)]
        kept = sounds[:len(sounds) - leave_out]
        save_scores(run.predictions_path("test"),
                    score_set(kept, data.classes, confident, confuse, confused))
    return run


def score_set(
    sounds: list[SoundSample], classes: list[str], confident: float, confuse: tuple[str, str],
    confused: int,
) -> ScoreSet:
    """Scores that are sure of the truth, each a little differently, but for some."""
    truth = np.array([classes.index(item.label) for item in sounds], np.int64)
    believed = truth.copy()
    wrong = [row for row, item in enumerate(sounds) if item.label == confuse[0]][:confused]
    believed[wrong] = classes.index(confuse[1])
    logits = np.random.default_rng(1).uniform(0, 0.5, (len(sounds), len(classes)))
    logits[np.arange(len(sounds)), believed] += confident
    odds = np.exp(logits)
    return ScoreSet([item.key for item in sounds],
                    np.array([(item.start, item.end) for item in sounds]), truth,
                    (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32), classes, {})
