"""Training on sounds: the program's epoch against a plain loop.

The plain loop reads each wav and computes its mel spectrogram when it is needed, one by one, as
tutorials do, and trains the four-layer network on it; it varies nothing. It may use one thread or
all: the faster counts. The program trains the same network, and its default recipe, with all
variations. Everything in one process, one after the other, the second epoch of each.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

CLIPS = 640
BATCH = 32
EPOCHS = 3


def measure(folder: Path) -> dict[str, Any]:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
    import soundfile
    from tiny_sounds import CLASSES, RATE, sound

    project = folder / "sounds"
    project.mkdir()
    for index in range(CLIPS):
        label = CLASSES[index % 3]
        wave = sound(label, index, 0.35 + 0.2 * (index % 7) / 7)
        soundfile.write(project / f"{label}_s{index % 5}_{index}.wav", wave, RATE)
    import torch

    from workbench.engine.memory import kept_memory

    all_threads = torch.get_num_threads()
    plain = {str(threads): _plain(project, threads) for threads in {1, all_threads}}
    torch.set_num_threads(all_threads)
    with kept_memory():  # as every job of the engine
        same, default = _ours(project, "sound-cnn-plain"), _ours(project, "sound-cnn")
    best = min(plain.values())
    return {
        "clips_per_second": {
            "plain loop, by threads": {name: round(1 / each) for name, each in plain.items()},
            "same network": round(1 / same), "default recipe": round(1 / default),
        },
        "ratio_same_network": round(best / same, 2),
        "ratio_default_recipe": round(best / default, 2),
    }


def _plain(project: Path, threads: int) -> float:
    """Seconds for each clip."""
    import soundfile
    import torch
    import torchaudio

    from workbench.tasks.sound_classification.engine.networks import FourLayerCnn

    torch.set_num_threads(threads)
    files = sorted(project.glob("*.wav"))
    names = sorted({path.name.split("_")[0] for path in files})
    mel = torchaudio.transforms.MelSpectrogram(8000, n_fft=256, hop_length=80, n_mels=40)
    decibels = torchaudio.transforms.AmplitudeToDB()
    network = FourLayerCnn(40, len(names))
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)

    def read(path: Path) -> tuple[torch.Tensor, int]:
        samples, _ = soundfile.read(path, dtype="float32")
        wave = torch.zeros(4400)
        wave[: len(samples)] = torch.from_numpy(samples[:4400])
        picture = decibels(mel(wave))
        return (picture - picture.mean()) / picture.std(), names.index(path.name.split("_")[0])

    times = []
    for epoch in range(EPOCHS):
        began = time.perf_counter()
        order = np.random.default_rng(epoch).permutation(len(files))
        for part in np.array_split(order, -(-len(files) // BATCH)):
            pairs = [read(files[index]) for index in part]
            logits = network(torch.stack([picture for picture, _ in pairs]))
            loss = torch.nn.functional.cross_entropy(
                logits, torch.tensor([label for _, label in pairs]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        times.append((time.perf_counter() - began) / len(files))
    return min(times[1:])


def _ours(project: Path, recipe: str) -> float:
    """Seconds for each clip, steps with all that the loop does around them."""
    from workbench.engine.training.control import TrainControl
    from workbench.engine.training.train import train
    from workbench.jobs.commands import TrainRequest
    from workbench.jobs.events import Epoch, Event

    epochs: list[float] = []

    def emit(event: Event) -> None:
        if isinstance(event, Epoch):
            epochs.append(event.seconds)

    request = TrainRequest(recipe=recipe, device="cpu", epochs=EPOCHS,
                           settings={"batch_size": BATCH, "seconds": 0.55})
    run = train(project, request, emit, TrainControl())
    return min(epochs[1:]) / int(run.config["split"]["train"])
