"""Calls are found as boxes in time and frequency: from labels to a model and back to regions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import made_calls
import numpy as np
import pytest
import soundfile
import torch
from torchvision.ops import generalized_box_iou_loss

from workbench.core.annotation import LabeledObject
from workbench.core.detections import Detections
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Region
from workbench.engine.training.control import TrainControl
from workbench.engine.training.planning import make_plan
from workbench.engine.training.preflight import preflight
from workbench.engine.training.train import resume, train
from workbench.extension.engine_task import SilentReporter
from workbench.formats.predictions import load_predictions
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Epoch, Event
from workbench.media.sounds.sound_info import read_sound_info
from workbench.project.datasets.sounds import ClipRecord
from workbench.project.heard_regions import CALLS
from workbench.project.runs import RunFolder
from workbench.tasks.sound_detection.calls import CallWindow, judged_of, truth_of, windows_of
from workbench.tasks.sound_detection.engine.batches import targets_at
from workbench.tasks.sound_detection.engine.find import find_calls
from workbench.tasks.sound_detection.engine.loss import (
    NOTHING,
    UNKNOWN,
    call_losses,
    generalized_iou,
)
from workbench.tasks.sound_detection.engine.predict import predict_each
from workbench.tasks.sound_detection.engine.spectrum import (
    CELL,
    SpectrumSettings,
    fitted,
    other_length,
)
from workbench.tasks.sound_detection.engine.validation import evaluated

SPECTRUM = SpectrumSettings(16_000, 256, 128, 256, 128)


def quiet(event: Event) -> None:
    pass


def request() -> TrainRequest:
    return TrainRequest(device="cpu", recipe="calls-n", epochs=5,
                        settings={"batch_size": 4, "lr": 0.01})


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of a few short recordings."""
    return made_calls.make_calls(tmp_path_factory.mktemp("night"), recordings=5, seconds=4, calls=7)


@pytest.fixture(scope="module")
def trained(night: Path) -> Iterator[RunFolder]:
    yield train(night, request(), quiet, TrainControl())


@pytest.fixture(scope="module")
def one(night: Path) -> ClipRecord:
    """A recording without its labels."""
    path = night / "audio" / "night-00.wav"
    return ClipRecord("audio/night-00.wav", path, read_sound_info(path))


def call(label: str, start: float, end: float, low: float | None = None,
         high: float | None = None) -> LabeledObject:
    return LabeledObject(label, Region(start, end, low, high))


def with_regions(record: ClipRecord, *regions: LabeledObject,
                 spans: tuple[tuple[float, float], ...] = ()) -> ClipRecord:
    return ClipRecord(record.key, record.path, record.info, regions=regions, spans=spans)


# --- what is learned from -------------------------------------------------------------------------


def test_a_box_comes_back_from_the_picture_as_it_went_in() -> None:
    boxes = np.array([[1.25, 2000.0, 1.5, 3000.0]])
    cells = SPECTRUM.in_cells(boxes, 1.0)
    assert np.allclose(SPECTRUM.in_sound(cells, 1.0), boxes)
    [[left, low, right, high]] = cells
    assert np.isclose((right - left) * CELL * SPECTRUM.frame, 0.25)
    assert np.isclose((high - low) * CELL * SPECTRUM.row, 1000)


def test_short_and_narrow_calls_have_several_frames_and_rows() -> None:
    bats = [call("bat", at, at + 0.005, 40_000, 55_000) for at in range(20)]
    found = fitted(bats, [256_000])
    assert found.high >= 55_000 and 0.005 / found.frame >= 5 and 15_000 / found.row >= 8
    hums = [call("hum", at, at + 4, 200, 500) for at in range(20)]
    found = fitted(hums, [48_000])
    assert found.sample_rate == 8_000 and found.seconds > 4 and 300 / found.row >= 8
    assert fitted(bats, [48_000]).high <= 24_000, "no further than the recordings reach"


def test_a_window_is_as_long_as_it_was_chosen_or_it_is_said_why_not() -> None:
    birds = [call("bird", at, at + 0.3, 2000, 5000) for at in range(20)]
    bats = [call("bat", at, at + 0.005, 40_000, 55_000) for at in range(20)]
    for seconds in (0.5, 1.0, 2.0):
        found = fitted(birds, [48_000], seconds=seconds)
        assert found.seconds == pytest.approx(seconds, rel=0.03)
        assert not other_length(seconds, found) and not other_length(0.0, found)
    short = fitted(bats, [500_000], seconds=5.0)
    assert short.seconds < 0.5
    assert other_length(5.0, short).startswith(f"windows are {short.seconds:.3g} s instead of 5 s")
    assert "shorter ones are not" in other_length(0.001, fitted(birds, [48_000], seconds=0.001))


def test_what_has_no_band_is_neither_taught_nor_judged(one: ClipRecord) -> None:
    record = with_regions(one, call("chirp", 0.5, 0.8, 2000, 3000), call("chirp", 2, 3))
    window = CallWindow(record.key, record.path, 0.0, (0.0, 4.0), record)
    rows = targets_at(window, 0.0, {"chirp": 0}, SPECTRUM)
    assert rows[:, 0].tolist() == [0.0, UNKNOWN]
    truth = truth_of(record, ["chirp"])
    assert truth.difficult.tolist() == [False, True]
    found = Detections(np.array([[0.5, 2000, 0.8, 3000], [2.2, 100, 2.6, 900]], np.float32),
                       np.array([0.9, 0.9], np.float32), np.zeros(2, np.int64))
    assert len(judged_of(record, found)) == 1
    result = evaluated([record], [found], ["chirp"])
    assert (result.map_50, result.precision, result.recall) == (1.0, 1.0, 1.0)


def test_what_was_found_behind_the_end_of_a_shortened_recording_is_not_judged(
        one: ClipRecord) -> None:
    end = one.info.duration
    boxes = np.array([[0.5, 2000, 0.8, 3000], [end + 1, 2000, end + 2, 3000]], np.float32)
    found = Detections(boxes, np.full(2, 0.9, np.float32), np.zeros(2, np.int64))
    record = with_regions(one, call("chirp", 0.5, 0.8, 2000, 3000))
    result = evaluated([record], [found], ["chirp"])
    assert (result.precision, result.recall) == (1.0, 1.0)


def test_what_lies_above_all_that_is_heard_is_neither_taught_nor_judged(one: ClipRecord) -> None:
    top = one.info.nyquist
    assert SPECTRUM.high <= top
    record = with_regions(one, call("chirp", 0.5, 0.8, 2000, 3000),
                          call("chirp", 1, 2, top - 1000, top + 2000),
                          call("chirp", 2, 3, top + 100, top + 900))
    window = CallWindow(record.key, record.path, 0.0, (0.0, 4.0), record)
    assert len(targets_at(window, 0.0, {"chirp": 0}, SPECTRUM)) == 2
    truth = truth_of(record, ["chirp"])
    assert truth.difficult.tolist() == [False, False, True]
    assert truth.boxes[1].tolist() == [1, top - 1000, 2, top], "as far as it is recorded"


def test_of_a_recording_only_its_own_stretches_are_learned(one: ClipRecord) -> None:
    record = with_regions(one, call("chirp", 0.2, 0.4, 2000, 3000), call("chirp", 3.2, 3.4, 1, 9),
                          spans=((0.0, 1.0), (2.0, 4.0)))
    found = list(windows_of([record], 1.0))
    assert [(window.start, window.span) for window in found] == [
        (0.0, (0.0, 1.0)), (2.0, (2.0, 4.0)), (3.0, (2.0, 4.0))]


def test_the_right_answer_costs_less_than_a_wrong_one() -> None:
    targets = torch.tensor([[[1, 4.0, 4.0, 10.0, 8.0], [NOTHING, 0, 0, 0, 0]]])
    sides = torch.ones(1, 4, 16, 24)
    x, y = torch.arange(24) + 0.5, (torch.arange(16) + 0.5)[:, None]
    right = torch.stack(torch.broadcast_tensors(x - 4, y - 4, 10 - x, 8 - y))[None].clamp(min=0.1)
    kinds = torch.full((1, 2, 16, 24), -6.0)
    sure = kinds.clone()
    sure[0, 1, 5:7, 5:8] = 4.0
    costs = [sum(call_losses(*answer, targets).values()).item()
             for answer in ((sure, right), (sure, sides), (kinds, right), (kinds, sides))]
    assert costs[0] < min(costs[1:3]) < costs[3]


def test_generalized_iou_equals_the_reference() -> None:
    corner = torch.rand(200, 2, generator=torch.Generator().manual_seed(1)) * 20
    sides = torch.rand(200, 2, generator=torch.Generator().manual_seed(2)) * 9
    boxes = torch.cat((corner, corner + sides), 1)
    expected = 1 - generalized_box_iou_loss(boxes[:100], boxes[100:])
    torch.testing.assert_close(generalized_iou(boxes[:100], boxes[100:]), expected)


def test_nothing_is_taught_where_nothing_is_known() -> None:
    kinds = torch.full((1, 1, 16, 24), -6.0)
    kinds[0, 0, 4:8, 6:10] = 3.0
    unknown = torch.tensor([[[UNKNOWN, 4.0, 0.0, 12.0, 16.0]]])
    sides = torch.ones(1, 4, 16, 24)
    assert call_losses(kinds, sides, unknown)["class"] < 0.1
    assert call_losses(kinds, sides, torch.full((1, 1, 5), NOTHING))["class"] > 1


# --- what is found --------------------------------------------------------------------------------


class Knowing:
    """A model that knows where calls are, and sees of each what lies in its window."""

    def __init__(self, calls: list[tuple[int, tuple[float, float, float, float]]]) -> None:
        self.calls = calls

    def find(self, waves: torch.Tensor) -> list[tuple[torch.Tensor, ...]]:
        found = []
        for wave in waves:
            start = float(wave[0]) if float(wave[0]) >= 0 else 0.0  # samples tell the time
            end = start + SPECTRUM.seconds
            seen = [(max(box[0], start), box[1], min(box[2], end), box[3], label)
                    for label, box in self.calls if box[0] < end and box[2] > start]
            rows = np.array(seen, np.float64).reshape(-1, 5)
            cells = SPECTRUM.in_cells(rows[:, :4], start)
            found.append((torch.tensor(cells, dtype=torch.float32),
                          torch.full((len(rows),), 0.9), torch.tensor(rows[:, 4]).long()))
        return found


def found_in(seconds: float, *calls: tuple[int, tuple[float, float, float, float]]) -> Detections:
    samples = np.arange(int(seconds * 16_000), dtype=np.float32) / 16_000
    knowing: Any = Knowing(list(calls))  # has what is asked of a model here
    return find_calls(knowing, samples, SPECTRUM, [(0.0, seconds)], torch.device("cpu"),
                      lambda: None)


def test_each_call_is_found_once_however_windows_lie() -> None:
    calls = [(0, (at, 2000.0, at + 0.3, 3000.0)) for at in np.arange(0.1, 19, 0.7)]
    found = found_in(20, *calls)
    order = np.argsort(found.boxes[:, 0])
    assert np.allclose(found.boxes[order], [box for _, box in calls], atol=0.01)


def test_a_call_longer_than_a_window_is_one_and_those_above_it_stay() -> None:
    hum, same = (1.0, 200.0, 9.0, 600.0), (3.9, 2000.0, 4.5, 2900.0)
    above = (4.0, 3000.0, 4.4, 5000.0)
    found = found_in(12, (1, hum), (0, above), (1, same))
    order = np.argsort(found.boxes[:, 1])
    assert found.labels[order].tolist() == [1, 1, 0]
    assert np.allclose(found.boxes[order], [hum, same, above], atol=0.05)


# --- all of it ------------------------------------------------------------------------------------


def test_a_training_leaves_boxes_with_seconds_and_hertz(trained: RunFolder) -> None:
    assert trained.state["state"] == "finished" and trained.config["task"] == "sound-detection"
    assert "map" in trained.state["metrics"]["val"]
    stored = load_predictions(trained.predictions_path("test"))
    assert stored.classes == list(made_calls.CLASSES)
    boxes = np.concatenate([item.boxes for item in stored.detections])
    assert len(boxes) and boxes[:, 3].max() <= 8000 and boxes[:, 2].max() <= 4.01
    assert (boxes[:, 2:] > boxes[:, :2]).all()


def test_it_is_tried_before_it_is_trained(night: Path) -> None:
    told = preflight(night, request(), quiet, TrainControl())
    assert told.recipe == "calls-n" and told.eta_seconds > 0
    assert "calls in 5 recordings, 3 classes" in told.words


def test_a_run_goes_on_to_the_same_end(night: Path, trained: RunFolder) -> None:
    control = TrainControl()

    def leave(event: Event) -> None:
        if isinstance(event, Epoch) and event.epoch == 1:
            control.abandon()

    broken = train(night, request(), leave, control)
    done = resume(night, broken, quiet, TrainControl())
    ends = [[json.loads(line)["losses"] for line in run.lines() if '"epoch"' in line
             and json.loads(line)["event"] == "epoch"] for run in (trained, done)]
    assert ends[0] == ends[1]


def test_answers_have_the_band_as_tables_have_it(night: Path, trained: RunFolder) -> None:
    file = night / "audio" / "night-00.wav"
    [answer] = predict_each(trained, [file], SilentReporter(), score_thresh=0.0)
    assert isinstance(answer, dict)
    assert answer["nyquist"] == 8000 and answer["seconds"] == 4.0 and answer["regions"]
    assert all(0 <= item["low"] < item["high"] <= 8000 and item["start"] < item["end"]
               for item in answer["regions"])
    row = next(iter(CALLS.rows(answer)))
    assert row[4:] == (answer["regions"][0]["low"], answer["regions"][0]["high"])
    assert [item.low for item in CALLS.annotation(answer).objects] == [
        item["low"] for item in answer["regions"]]


def test_where_no_call_is_found_there_is_no_class(trained: RunFolder, tmp_path: Path) -> None:
    """Silence was called after the first class."""
    file = tmp_path / "silence.wav"
    soundfile.write(file, np.zeros(made_calls.RATE * 4, np.float32), made_calls.RATE)
    [answer] = predict_each(trained, [file], SilentReporter(), score_thresh=0.99)
    assert isinstance(answer, dict) and answer["label"] == "" and not answer["regions"]
    [answer] = predict_each(trained, [file], SilentReporter(), score_thresh=0.0)
    assert isinstance(answer, dict) and answer["label"] and answer["regions"]
    assert CALLS.limited is not None
    none = CALLS.limited(answer, {"score": 1.0})
    assert CALLS.sum_row(none, list(answer["scores"]))[:2] == ("", 0)
    assert not CALLS.annotation(none).labels


def test_of_a_long_recording_it_is_told_how_far_it_is(trained: RunFolder, tmp_path: Path) -> None:
    shares: list[float] = []

    class Told(SilentReporter):
        def part(self, share: float) -> None:
            shares.append(share)
            if len(shares) > 3:
                raise KeyboardInterrupt  # as a person who cancels

    file = tmp_path / "hour.wav"
    soundfile.write(file, np.zeros(made_calls.RATE * 200, np.float32), made_calls.RATE)
    with pytest.raises(KeyboardInterrupt):
        list(predict_each(trained, [file], Told()))
    assert shares == sorted(shares) and 0 < shares[0] < shares[-1] < 1


def test_without_bands_it_is_said_what_to_draw(tmp_path: Path) -> None:
    project = made_calls.make_calls(tmp_path / "p", recordings=2, seconds=4, calls=4)
    for table in project.rglob("*.selections.txt"):
        lines = [line.split("\t") for line in table.read_text().splitlines()]
        table.write_text("\n".join("\t".join(cells[:5] + cells[7:]) for cells in lines) + "\n")
    with pytest.raises(WorkbenchError, match=r"none of the \d+ regions .* calls with Shift"):
        make_plan(project, request(), lambda *_: None)


def test_how_many_regions_have_no_band_is_told(tmp_path: Path) -> None:
    project = made_calls.make_calls(tmp_path / "p", recordings=5, seconds=4, calls=7)
    for table in project.rglob("*.selections.txt"):
        head, first, *rest = table.read_text().splitlines()
        cells = first.split("\t")
        cells[5] = cells[6] = ""
        table.write_text("\n".join([head, "\t".join(cells), *rest]) + "\n")
    plan = make_plan(project, request(), lambda *_: None)
    records = len({window.key for window in plan.train})
    assert records > 1 and any(
        said.startswith(f"{records} regions without a lowest and a highest frequency are not "
                        "learned from") for said in plan.data.warnings)
