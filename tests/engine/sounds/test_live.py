"""Hearing classes in a stream."""

from __future__ import annotations

import base64
import threading
from pathlib import Path

import numpy as np
import tiny_sounds
import torch

from workbench.engine.explain.explain import explain
from workbench.engine.service import perform
from workbench.engine.training.control import TrainControl
from workbench.jobs.commands import Explain, Listen
from workbench.jobs.events import Event, Explained, Finished, ListenResult
from workbench.jobs.protocol import decode_command, decode_event, encode
from workbench.project.runs import RunFolder
from workbench.tasks.sound_classification.engine.listener import HOP, Listener
from workbench.tasks.sound_classification.engine.live import decode_pcm, encode_pcm, listen
from workbench.tasks.sound_classification.engine.predict import SoundPredictor


def stream(*labels: str) -> np.ndarray:
    """Sounds with half a second of a quiet room before each and at the end: (1, samples)."""
    room = np.random.default_rng(0).normal(size=4000) * 1e-4
    parts = [room]
    for number, label in enumerate(labels):
        parts += [tiny_sounds.sound(label, 500 + number), room]
    return np.concatenate(parts).astype(np.float32)[None]


def test_classes_are_heard_in_their_order(heard: RunFolder) -> None:
    listener = Listener(SoundPredictor.load(heard, "cpu"), 8000)
    found: list[str] = []
    times = []
    wave = stream("high", "low", "noise")
    for start in range(0, wave.shape[1], 160):
        look = listener.feed(wave[:, start : start + 160])
        if look is not None:
            times.append(look.time)
            if look.label and (not found or found[-1] != look.label):
                found.append(look.label)
    assert found == ["high", "low", "noise"]
    assert np.allclose(np.diff(times), HOP, atol=0.021)


def test_silence_is_no_class(heard: RunFolder) -> None:
    listener = Listener(SoundPredictor.load(heard, "cpu"), 16000, 2)
    looks = [listener.feed(np.zeros((2, 800), np.float32)) for _ in range(10)]
    assert all(look is not None and look.label == "" and not look.scores.any() for look in looks)


def test_a_late_burst_is_judged_once(heard: RunFolder) -> None:
    listener = Listener(SoundPredictor.load(heard, "cpu"), 8000)
    assert listener.feed(stream("low")) is not None
    assert listener.feed(np.zeros((1, 10), np.float32)) is None


def test_the_window_listens_through_messages(heard: RunFolder) -> None:
    control, events = TrainControl(), list[Event]()
    enough = threading.Event()

    def emit(event: Event) -> None:
        events.append(decode_event(encode(event)))
        if isinstance(event, ListenResult) and event.label == "high":
            enough.set()

    job = decode_command(encode(Listen("j", str(heard.project), heard.name, 8000)))
    assert isinstance(job, Listen)
    thread = threading.Thread(target=listen, args=(job, emit, control))
    thread.start()
    wave = stream("high")[0]
    for start in range(0, len(wave), 400):
        control.put(encode_pcm(wave[start : start + 400]))
    assert enough.wait(60)
    control.stop()
    thread.join(60)
    assert not thread.is_alive()
    assert isinstance(events[-1], Finished) and events[-1].state == "stopped"
    assert set(events[0].scores) == set(tiny_sounds.CLASSES)  # type: ignore[union-attr]


def test_what_is_asked_after_listening_computes_on_all_cores_again(heard: RunFolder) -> None:
    control, before = TrainControl(), torch.get_num_threads()
    control.stop()
    torch.set_num_threads(2)
    try:
        perform(Listen("j", str(heard.project), heard.name, 8000), lambda _: None, control)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_samples_travel_as_text() -> None:
    stereo = np.array([[0.5, -0.5, 1.0], [0.25, 0.0, -1.0]], np.float32)
    text = base64.b64encode((stereo.T * 32767).astype("<i2").tobytes()).decode()
    assert np.allclose(decode_pcm(text, 2), stereo, atol=1e-4)
    assert np.allclose(decode_pcm(encode_pcm(stereo[0]), 1)[0], stereo[0], atol=1e-4)


def test_the_window_is_shown_what_a_model_sees(heard: RunFolder, sounds: Path) -> None:
    events: list[Event] = []
    explain(Explain("j", str(sounds), "high_ann_0.wav"), events.append, TrainControl())
    shown = events[-2]
    assert isinstance(shown, Explained) and shown.recipe == "sound-cnn"
    first = shown.views[0]
    values = np.frombuffer(base64.b64decode(first["values"]), "<f4")
    assert values.size == first["rows"] * first["frames"]
    explain(Explain("j", str(heard.project), "low_bob_1.wav", run=heard.name), events.append,
            TrainControl())
    own = events[-2]
    assert isinstance(own, Explained) and own.features["sample_rate"] == 8000
