"""The cards about models: what a recipe sees of the clip, and what a run hears."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.gui.audio.conftest import Bench, FakeOutput
from workbench.gui.app.context import ListenTarget, Message
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.widgets.tensor_view import TensorView, picture
from workbench.jobs.commands import (
    AudioChunk,
    Command,
    Control,
    Explain,
    Listen,
    Train,
    TrainRequest,
)
from workbench.jobs.events import (
    Event,
    Explained,
    Failed,
    Finished,
    ListenResult,
    Paused,
    Ready,
)
from workbench.project.runs import RunFolder


class Engine:
    """Is ready, takes commands and says nothing by itself."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.on_event: Callable[[Event], object] = lambda event: None
        self.on_exit: Callable[[int, str], object] = lambda code, reason: None

    def start(self) -> None:
        self.on_event(Ready([], {}))

    def send(self, command: Command) -> None:
        self.sent.append(command)

    def stop(self) -> None: ...

    def sound(self) -> bytes:
        """All samples that were sent."""
        return b"".join(base64.b64decode(command.pcm) for command in self.sent
                        if isinstance(command, AudioChunk))

    def of(self, kind: type) -> list[Command]:
        return [command for command in self.sent if isinstance(command, kind)]


@pytest.fixture
def engine(bench: Bench) -> Iterator[Engine]:
    made = Engine()
    client = EngineClient(lambda: made)  # type: ignore[arg-type, return-value]
    bench.context._engine = client
    client.start()
    bench.wait(lambda: client.state == "ready")
    yield made
    client.stop(5.0)


def add_run(folder: Path) -> RunFolder:
    run = RunFolder.create(folder, "sound-cnn", {
        "recipe": "sound-cnn", "task": "audio-classification", "classes": ["owl", "frog"]})
    run.best_path.write_bytes(b"")
    run.write_state(state="finished", pid=0)
    return run


def view(name: str, values: np.ndarray, pcm: bytes) -> dict[str, object]:
    rows, frames = values.shape
    return {"id": name, "title": name.title(), "rows": rows, "frames": frames,
            "values": base64.b64encode(values.astype("<f4").tobytes()).decode(),
            "pcm": base64.b64encode(pcm).decode()}


def test_making_the_cards_asks_the_engine_nothing(bench: Bench, engine: Engine,
                                                  calls: Path) -> None:
    bench.open_project(calls)
    assert engine.sent == []


def test_the_input_is_shown_as_it_is_and_can_be_heard(bench: Bench, engine: Engine,
                                                      calls: Path) -> None:
    bench.open_project(calls)
    card = bench.place.cards["model_input"]
    card.show_chip.click()
    bench.wait(lambda: bool(engine.of(Explain)))
    asked = engine.of(Explain)[-1]
    assert isinstance(asked, Explain) and asked.file == "calls.wav"
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    pcm = np.arange(-400, 400, dtype="<i2").tobytes()
    bench.context.engine.event.emit(Explained(
        asked.job, "calls.wav", "sound-cnn", {"sample_rate": 8000, "seconds": 1.0},
        [view("input", values, b"\0" * 800), view("noise", values / 2, pcm)]))
    assert "3 mel bands × 4 frames: 1.00 s at 8 kHz" in card.words.text()
    tiles = card.findChildren(TensorView)
    assert [tile.accessibleName() for tile in tiles] == ["Input, 3 by 4", "Noise, 3 by 4"]
    card.play(card.views[1])
    assert FakeOutput.opened[-1].rate == 8000
    heard = np.frombuffer(FakeOutput.opened[-1].data, "<i2")
    assert np.abs(heard - np.frombuffer(pcm, "<i2")).max() <= 1
    card.again_button.click()
    bench.wait(lambda: len(engine.of(Explain)) == 2)
    again = engine.of(Explain)[-1]
    assert isinstance(again, Explain) and again.seed != asked.seed


def test_the_picture_has_a_pixel_for_each_number_and_low_rows_below() -> None:
    values = np.zeros((3, 4), np.float32)
    values[0, 1] = 1  # the lowest band, the second frame
    image = picture(values, 0, 1)
    assert (image.width(), image.height()) == (4, 3)
    light = [[image.pixelColor(x, y).lightness() for x in range(4)] for y in range(3)]
    assert np.unravel_index(int(np.argmax(light)), (3, 4)) == (2, 1)


def test_what_cannot_be_explained_is_said_in_the_card(bench: Bench, engine: Engine,
                                                      calls: Path) -> None:
    bench.open_project(calls)
    card = bench.place.cards["model_input"]
    card.show_chip.click()
    bench.wait(lambda: bool(engine.of(Explain)))
    job = engine.of(Explain)[-1].job  # type: ignore[union-attr]
    bench.context.engine.event.emit(Failed(job, "There is only one class."))
    assert card.words.text() == "There is only one class."


def test_the_microphone_reaches_the_engine_and_classes_light_up(bench: Bench, engine: Engine,
                                                                calls: Path) -> None:
    run = add_run(calls)
    bench.open_project(calls)
    bench.plug_in_fake()
    card = bench.place.cards["listening"]
    card.listen_button.click()
    bench.wait(lambda: bool(engine.of(Listen)))
    asked = engine.of(Listen)[-1]
    assert isinstance(asked, Listen)
    assert (asked.run, asked.sample_rate, asked.channels) == (
        run.name, bench.mic.rate, bench.mic.channels)
    bench.mic.say(0.2)
    wanted = 2 * asked.channels * round(0.2 * asked.sample_rate)
    bench.wait(lambda: len(engine.sound()) >= wanted)
    assert len(engine.sound()) == wanted and any(engine.sound())

    def hear(owl: float, label: str = "owl") -> None:
        bench.context.engine.event.emit(ListenResult(
            asked.job, 1.0, label, {"owl": owl, "frog": 1 - owl}, -20.0, 0.042))

    hear(0.9)
    assert card.bars.heard == "owl" and "42 ms" in card.words.text()
    hear(0.55)
    assert card.bars.heard == "", "below the threshold"
    card.threshold.set_value(0.5)
    hear(0.55)
    assert card.bars.heard == "owl"
    hear(0.9, label="")
    assert card.bars.heard == "", "silence is no class"
    assert card.recent == ["owl", "owl"]
    assert [item.label for item in card.view.lit] == ["owl"], "one tag, as no time went by"
    assert card.view.spectrogram is not None
    assert card.view.spectrogram.sample_rate == asked.sample_rate
    assert card.view.spectrogram.total > 5 and card.view.spectrogram.loudest > 200
    card.stop_button.click()
    bench.wait(lambda: engine.sent[-1] == Control(asked.job, "stop"))
    before = len(engine.of(AudioChunk))
    bench.mic.say(0.1)
    assert len(engine.of(AudioChunk)) == before


def test_a_training_stands_still_for_the_microphone_where_one_wants_that(
    bench: Bench, engine: Engine, calls: Path
) -> None:
    add_run(calls)
    bench.open_project(calls)
    bench.plug_in_fake()
    card, client = bench.place.cards["listening"], bench.context.engine
    told: list[Message] = []
    bench.context.announced.connect(told.append)
    client.send(Train("t", str(calls), TrainRequest()))
    card.listen_button.click()
    assert not card.listening and not bench.place.recorder.on
    assert told[-1].sentence.startswith("A model is being trained.")
    assert told[-1].action is not None and told[-1].action_text == "Look now"
    told[-1].action()
    bench.wait(lambda: bool(engine.of(Control)))
    assert card.listening and engine.of(Control) == [Control("t", "aside")]
    engine.on_event(Paused("t"))
    (listening,) = engine.of(Listen)
    engine.on_event(Finished(listening.job, "stopped", {}))
    bench.wait(lambda: not card.listening)
    assert told[-1].sentence == "This ended early, as the training was resumed or ended."
    card.listen_button.click()
    assert card.listening, "it stands still, so nothing has to be asked"
    client.send(Train("u", str(calls), TrainRequest()))
    engine.on_event(Finished("t", "finished", {}))
    bench.wait(lambda: client.learns)
    card.clip_button.click()
    assert told[-1].action_text == "Look now" and not card.listening


def test_smoothing_averages_what_is_heard(bench: Bench, engine: Engine, calls: Path) -> None:
    run = add_run(calls)
    add_run(calls)
    bench.open_project(calls)
    bench.plug_in_fake()
    card = bench.place.cards["listening"]
    bench.place.entered(ListenTarget(run.name, back="use"))  # as Predict leads here
    bench.wait(lambda: bool(engine.of(Listen)))
    asked = engine.of(Listen)[-1]
    assert isinstance(asked, Listen) and asked.run == run.name, "the newest is another one"
    assert bench.place.viewer.toolbar.back.isVisibleTo(bench.place)

    def hear(at: float, owl: float) -> float:
        bench.context.engine.event.emit(ListenResult(
            asked.job, at, "owl", {"owl": owl, "frog": 1 - owl}, -20.0, 0.04))
        return card.bars.scores["owl"]

    assert hear(0.05, 0.2) == 0.2
    assert hear(0.10, 0.9) == 0.9, "none is asked for: as the model says"
    card.smoothing.set_value(0.5)
    after = hear(0.15, 0.1)
    assert after == pytest.approx(0.9 - 0.8 * (1 - np.exp(-0.1)), abs=1e-6)
    assert card.bars.heard == "owl", "one odd look does not put it out"
    assert hear(9.0, 0.1) == pytest.approx(0.1, abs=1e-3)
    assert card.bars.heard == "frog"


def test_a_clip_is_played_to_the_engine_whole(bench: Bench, engine: Engine, digits: Path) -> None:
    add_run(digits)
    bench.open_project(digits)
    card = bench.place.cards["listening"]
    card.clip_button.click()
    bench.wait(lambda: bool(engine.sound()))
    asked = engine.of(Listen)[-1]
    assert isinstance(asked, Listen) and asked.sample_rate == 8000
    assert not any(engine.sound()) and not FakeOutput.opened, "it waits for the model"
    bench.context.engine.event.emit(ListenResult(asked.job, 0.1, "", {"0": 0.0}, -99.0, 0.001))
    assert FakeOutput.opened, "it is heard from now on"
    bench.wait(lambda: not card.listening)
    bench.wait(lambda: isinstance(engine.sent[-1], Control))
    data = np.trim_zeros(np.frombuffer(engine.sound(), "<i2"), "f")
    document = bench.place.editor.document
    assert document is not None and document.info is not None
    whole, _ = soundfile.read(digits / "0_jackson_0.wav", dtype="int16")
    spoken = np.trim_zeros(whole)
    np.testing.assert_allclose(data[:len(spoken)], spoken, atol=1)
    assert len(data) > len(spoken) and not data[len(np.trim_zeros(whole, "f")):].any(), \
        "and a little silence behind it"
    view = card.view.spectrogram
    assert view is not None and view.loudest > 150


def test_leaving_the_place_ends_it(bench: Bench, engine: Engine, calls: Path) -> None:
    add_run(calls)
    bench.open_project(calls)
    bench.plug_in_fake()
    bench.place.cards["listening"].listen_button.click()
    bench.wait(lambda: bool(engine.of(Listen)))
    bench.place.left()
    assert not bench.place.cards["listening"].listening
    bench.wait(lambda: isinstance(engine.sent[-1], Control))


def test_what_was_heard_can_be_folded_away(bench: Bench, engine: Engine, calls: Path) -> None:
    add_run(calls)
    add_run(calls)
    bench.open_project(calls)
    bench.plug_in_fake()
    card = bench.place.cards["listening"]
    assert not card.fold_button.isVisible() and card.hint.isVisible()
    card.listen_button.click()
    bench.wait(lambda: bool(engine.of(Listen)))
    assert card.view.isVisible() and not card.fold_button.isVisible()
    card.stop_button.click()
    assert card.view.isVisible() and card.box.isVisible(), "another model may be chosen"
    assert card.minimumSizeHint().width() <= card.width()
    card.fold_button.click()
    assert not card.view.isVisible() and card.hint.isVisible()


def test_without_a_model_the_way_to_one_is_offered(bench: Bench, engine: Engine,
                                                   calls: Path) -> None:
    bench.open_project(calls)
    bench.plug_in_fake()
    bench.place.cards["listening"].listen_button.click()
    assert bench.said[-1] == (
        "info", "Train a model of “Classes of sounds” first; then it can listen.")
    assert not engine.of(Listen)
