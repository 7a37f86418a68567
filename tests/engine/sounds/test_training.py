"""Learning from sounds goes through the loop of images: same curve, same steering, same files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import tiny_sounds

from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.training.control import TrainControl
from workbench.engine.training.plan import TrainPlan
from workbench.engine.training.planning import make_plan
from workbench.engine.training.preflight import preflight
from workbench.engine.training.record import EventReporter
from workbench.engine.training.train import resume, train
from workbench.formats.scores import load_scores
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Epoch, Event
from workbench.project.datasets.splits import Split, save_split
from workbench.project.runs import RunFolder
from workbench.tasks.sound_classification.engine.predict import SoundPredictor, ensure_scores
from workbench.tasks.sound_classification.engine.stored import evaluate_sounds
from workbench.tasks.sound_classification.results import read_sounds


def request(**changes: Any) -> TrainRequest:
    settings = {"batch_size": 8, **changes.pop("settings", {})}
    return TrainRequest(device="cpu", settings=settings, **{"epochs": 2, **changes})


def quiet(event: Event) -> None:
    pass


def curve(run: RunFolder) -> list[tuple[int, float, float]]:
    import json

    events = [json.loads(line) for line in run.lines()]
    return [(item["epoch"], item["losses"]["loss"], item["metrics"]["val_loss"])
            for item in events if item["event"] == "epoch"]


def test_a_held_back_speaker_is_understood(heard: RunFolder) -> None:
    state = heard.state
    assert state["state"] == "finished" and heard.config["task"] == "audio-classification"
    assert state["metrics"]["test"]["accuracy"] >= 0.9
    stored = load_scores(heard.predictions_path("test"))
    assert len(stored) == 12 and all("_cem_" in file for file in stored.files)
    assert np.allclose(stored.scores.sum(1), 1, atol=1e-5)
    assert load_scores(heard.predictions_path("val")).meta["split"] == "val"


def test_a_run_goes_on_to_the_same_curve(sounds: Path) -> None:
    whole = train(sounds, request(epochs=3), quiet, TrainControl())
    control = TrainControl()

    def leave(event: Event) -> None:
        if isinstance(event, Epoch) and event.epoch == 1:
            control.abandon()

    broken = train(sounds, request(epochs=3), leave, control)
    assert broken.state["state"] == "interrupted"
    done = resume(sounds, broken, quiet, TrainControl())
    assert done.state["state"] == "finished"
    assert np.array_equal(curve(done), curve(whole))


# sound-resnet18 in tests/reliability/test_variants.py
@pytest.mark.parametrize("recipe", ["sound-cnn-plain", "sound-mfcc-cnn", "sound-lstm", "sound-gru"])
def test_every_recipe_learns_a_step(tmp_path: Path, recipe: str) -> None:
    sounds = tiny_sounds.make_sounds(tmp_path / "sounds", each=1)
    run = train(sounds, request(epochs=1, recipe=recipe, start_from="none"), quiet, TrainControl())
    assert run.state["state"] == "finished" and 0 <= run.state["metrics"]["val"]["accuracy"] <= 1


def test_the_automatic_recipe_hears(sounds: Path) -> None:
    told = preflight(sounds, TrainRequest(device="cpu"), quiet, TrainControl())
    assert told.recipe == "sound-cnn" and told.images == 36
    assert "36 sounds, 3 classes" in told.words and told.eta_seconds > 0


def test_a_broken_sound_is_named_and_left_out(sounds: Path) -> None:
    broken = next(sounds.glob("*.wav"))
    broken.write_text("no sound")
    told = preflight(sounds, TrainRequest(device="cpu"), quiet, TrainControl())
    assert told.images == 35
    assert any(words.startswith(f"left out: {broken.name}: ") for words in told.warnings)


def test_listed_sounds_that_are_gone_and_classes_without_a_test_are_told(sounds: Path) -> None:
    keys = sorted(path.name for path in sounds.glob("*.wav"))
    lows = [key for key in keys if key.startswith("low")]
    rest = [key for key in keys if key not in lows]
    save_split(sounds, Split(train=lows[2:] + rest[2:], val=[lows[0], *rest[:2]],
                             test=[lows[1], "gone.wav"], origin="test"))
    told = preflight(sounds, TrainRequest(device="cpu"), quiet, TrainControl())
    assert "1 sound that the split lists is gone (gone.wav)" in told.warnings
    assert "no test example of high, noise: test scores say nothing about them" in told.warnings


def test_what_there_is_no_sense_in_is_told(sounds: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no group “eve”"):
        train(sounds, request(settings={"split.test_groups": "eve"}), quiet, TrainControl())
    one = tmp_path / "one"
    one.mkdir()
    for index in range(4):
        soundfile.write(one / f"a_{index}.wav", tiny_sounds.sound("low", index), 8000)
    with pytest.raises(WorkbenchError, match="no labelled sound"):
        train(one, request(recipe="sound-cnn"), quiet, TrainControl())


def test_regions_of_long_clips_are_learned_and_found(tmp_path: Path) -> None:
    folder = tmp_path / "long"
    folder.mkdir()
    chance = np.random.default_rng(0)
    head = ("Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\t"
            "High Freq (Hz)\tSpecies\n")
    for clip in range(4):
        wave = chance.normal(size=8000 * 6).astype(np.float32) * 0.01
        rows = []
        for number, label in enumerate(("high", "low") * 2):
            start = 0.5 + 1.3 * number + chance.uniform(0, 0.3)
            piece = tiny_sounds.sound(label, clip * 10 + number, 0.4)
            wave[round(start * 8000) :][: len(piece)] += piece
            rows.append(f"{number + 1}\tSpectrogram 1\t1\t{start:.3f}\t{start + 0.4:.3f}\t100\t"
                        f"3900\t{label}\n")
        soundfile.write(folder / f"{clip}.wav", wave, 8000)
        (folder / f"{clip}.selections.txt").write_text(head + "".join(rows))
    plan = make_plan(folder, request(recipe="sound-cnn"), lambda text, done, total: None)
    assert plan.facts.background and {item.label for item in plan.train} == {"high", "low", ""}
    run = train(folder, request(epochs=25), quiet, TrainControl())
    [found] = SoundPredictor.load(run, "cpu").listen_to([folder / "0.wav"])
    assert found.regions is not None
    assert [item.label for item in found.regions] == ["high", "low", "high", "low"]
    for number, item in enumerate(found.regions):
        assert 0.3 + 1.3 * number <= item.start < item.end <= 1.5 + 1.3 * number


def one_recording(folder: Path, labels: int) -> Path:
    """A minute or so in which two tones are heard in turn, each for half a second every three."""
    rate = 8000
    wave = np.random.default_rng(0).normal(size=rate * 3 * labels) * 0.01
    rows = []
    for number in range(labels):
        label, pitch = ("high", 2000) if number % 2 else ("low", 400)
        at = 3 * number + 1
        wave[at * rate : at * rate + rate // 2] += 0.3 * np.sin(
            np.arange(rate // 2) / rate * 2 * np.pi * pitch)
        rows.append(f"{at}\t{at + 0.5}\t{label}\n")
    soundfile.write(folder / "rec.wav", wave, rate)
    (folder / "rec.txt").write_text("".join(rows))
    return folder


def test_what_is_held_out_of_one_recording_is_told(tmp_path: Path) -> None:
    project = one_recording(tmp_path, 20)
    wanted = request(recipe="sound-cnn-plain")
    told = preflight(project, wanted, quiet, TrainControl())
    assert told.split == {"train": 14, "val": 3, "test": 3} and told.images == 20
    assert told.words.startswith("20 labels in 1 recording and 15 background stretches, 2 classes "
                                 "and background: 14 for training, 3 for validation, "
                                 "3 for testing.")
    assert ", 2 epochs in " in told.words
    held = "41.8 s to 50.8 s of rec.wav"
    assert f"held out for validation: {held}; for the final test: 50.8 s to 1:00 of rec.wav" in (
        told.warnings)
    assert any("learned as “background”" in words for words in told.warnings)
    run = train(project, wanted, quiet, TrainControl())
    assert run.config["split"] == {
        "name": "default", "train": 14, "val": 3, "test": 3,
        "held_out": {"rec.wav": {"val": [41.75, 50.75], "test": [50.75, 60.0]}}}
    assert run.config["background"] is True
    report = evaluate_sounds(project, run, "val", 0.0, lambda part: run.predictions_path(part))
    assert [item.start for item in report.samples] == [43, 46, 49]
    assert report.doubt.startswith(f"Held out for validation: {held}.")


def test_background_can_be_left_out(tmp_path: Path) -> None:
    project = one_recording(tmp_path, 3)
    told = preflight(project, request(), quiet, TrainControl())
    assert told.words.startswith("3 labels in 1 recording and ")
    assert told.split == {"train": 2, "val": 1, "test": 0}
    wanted = request(settings={"background": False})
    plan = make_plan(project, wanted, lambda text, done, of: None)
    assert not plan.facts.background and plan.learned == len(plan.train) == 2
    told = preflight(project, wanted, quiet, TrainControl())
    assert told.words.startswith("3 labels in 1 recording, 2 classes: ")
    assert told.samples == "3 labels in 1 recording", "they are no sounds of their own"
    assert not any("background" in words for words in told.warnings)


def test_a_relabelled_clip_is_judged_anew(sounds: Path) -> None:
    run = train(sounds, request(epochs=1), quiet, TrainControl())
    before = evaluate_sounds(sounds, run, "test", 0.0, lambda split: sounds)
    key = before.samples[0].key
    other = next(name for name in tiny_sounds.CLASSES if name != before.samples[0].label)
    table = (sounds / key).with_suffix(".selections.txt")
    table.write_text("Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\t"
                     f"High Freq (Hz)\tSpecies\n1\tWaveform 1\t1\t0\t0.3\t0\t4000\t{other}\n")
    after = evaluate_sounds(sounds, run, "test", 0.0,
                            lambda split: ensure_scores(sounds, run, split, EventReporter(quiet)))
    assert [item.label for item in after.samples if item.key == key] == [other]
    assert len(after.samples) == len(before.samples)
    assert not after.unreadable
    (sounds / key).write_bytes(b"no sound any more")
    last = evaluate_sounds(sounds, run, "test", 0.0,
                           lambda split: ensure_scores(sounds, run, split, EventReporter(quiet)))
    assert last.unreadable == [key] and len(last.samples) == len(before.samples) - 1
    assert key in read_sounds(sounds, run).doubts["test"], "as Results says, too"


def season(folder: Path, rates: tuple[int, ...]) -> Path:
    """Recordings at these rates, in each of which a cricket (to 9 kHz) and a bat (from 20 kHz) are
    labelled."""
    folder.mkdir()
    lines = ["Selection\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tSpecies",
             *(f"{at}\t{at}.0\t{at}.5\t{band}" for at, band in enumerate(
                 ["7000\t9000\tcricket", "20000\t23000\tbat"] * 3, start=1))]
    for number, rate in enumerate(rates):
        path = folder / f"2026051{number}_043000.wav"
        soundfile.write(path, np.random.default_rng(number).normal(0, 0.01, 8 * rate), rate)
        path.with_name(f"{path.stem}.Table.1.selections.txt").write_text("\n".join(lines), "utf-8")
    return folder


def heard_by(plan: TrainPlan) -> tuple[float, float]:
    return plan.facts.features["sample_rate"], plan.facts.features["high"]


def test_what_is_labelled_high_up_is_heard(tmp_path: Path) -> None:
    def tick(text: str, done: int, of: int) -> None:
        pass

    plan = make_plan(season(tmp_path / "high", (48_000,) * 5), request(), tick)
    assert heard_by(plan) == (48_000, 24_000)
    assert not any("kHz" in words for words in plan.warnings)
    for earlier, heard in (({"highest_labelled": 23_000.0}, (48_000, 24_000)),
                           ({}, (16_000, 8_000))):
        again = make_plan(plan.project, request(), tick, plan.split, plan.classes,
                          {"classes": list(plan.classes), **earlier})
        assert heard_by(again) == heard, "a run goes on as it was begun"
    mixed = make_plan(season(tmp_path / "mixed", (48_000,) * 3 + (16_000,) * 2), request(), tick)
    assert heard_by(mixed) == (16_000, 8_000)
    told = [words for words in mixed.warnings if "kHz" in words]
    assert [words.split(":")[0] for words in told] == [
        "what is labelled as bat is not heard at all",
        "what is labelled as cricket is heard in part only"]
