"""Small copies of how published data sets of sounds lie on the disk, with real wavs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

RATE = 8000


def write(path: Path, seed: int, seconds: float = 0.4) -> None:
    """A short noise of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    wave = np.random.default_rng(seed).normal(size=round(seconds * RATE)) * 0.1
    soundfile.write(path, wave.astype(np.float32), RATE, subtype="PCM_16")


def esc50(folder: Path) -> Path:
    """``meta/esc50.csv`` beside ``audio/{fold}-{source}-{take}-{target}.wav``."""
    rows = ["filename,fold,target,category,esc10,src_file,take"]
    names = ("dog", "rain", "crying_baby")
    for fold in range(1, 6):
        for target, name in enumerate(names):
            file = f"{fold}-{1000 * fold + target}-A-{target}.wav"
            write(folder / "audio" / file, 10 * fold + target)
            rows.append(f"{file},{fold},{target},{name},False,{1000 * fold + target},A")
    (folder / "meta").mkdir()
    (folder / "meta" / "esc50.csv").write_text("\n".join(rows) + "\n")
    (folder / "requirements.txt").write_text("not a table of labels\n")
    return folder


def urban_sound(folder: Path) -> Path:
    """``metadata/UrbanSound8K.csv`` beside ``audio/fold{n}/{fsID}-{classID}-0-0.wav``."""
    rows = ["slice_file_name,fsID,start,end,salience,fold,classID,class"]
    for fold in range(1, 7):
        for number, name in ((1, "car_horn"), (3, "dog_bark")):
            file = f"{100 * fold + number}-{number}-0-0.wav"
            write(folder / "audio" / f"fold{fold}" / file, 100 * fold + number)
            rows.append(f"{file},{100 * fold + number},0.0,0.4,1,{fold},{number},{name}")
    (folder / "metadata").mkdir()
    (folder / "metadata" / "UrbanSound8K.csv").write_text("\n".join(rows) + "\n")
    return folder


def speech_commands(folder: Path) -> Path:
    """``{word}/{speaker}_nohash_{n}.wav``, noises that are no class, and the two lists."""
    for number, word in enumerate(("yes", "no", "stop")):
        for speaker in range(6):
            write(folder / word / f"{speaker:08x}_nohash_0.wav", 10 * number + speaker)
    write(folder / "_background_noise_" / "white_noise.wav", 99, 2.0)
    words = ("yes", "no", "stop")
    (folder / "validation_list.txt").write_text(
        "".join(f"{word}/00000004_nohash_0.wav\n" for word in words))
    (folder / "testing_list.txt").write_text(
        "".join(f"{word}/00000005_nohash_0.wav\n" for word in words))
    (folder / "README.md").write_text("words\n")
    return folder


def birdnet_and_kaleidoscope(folder: Path) -> Path:
    """Three recordings: BirdNET's table for Raven and its CSV, each beside one, and clusters."""
    for number, name in enumerate(("one", "two", "three")):
        write(folder / f"{name}.wav", number, 6.0)
    (folder / "one.BirdNET.selection.table.txt").write_text(
        "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\t"
        "Common Name\tSpecies Code\tConfidence\tBegin Path\tFile Offset (s)\n"
        "1\tSpectrogram 1\t1\t0\t3.0\t0\t4000\towl\ttawowl1\t0.8512\tC:\\x\\one.wav\t0\n")
    (folder / "two.BirdNET.results.csv").write_text(
        "Start (s),End (s),Scientific name,Common name,Confidence,File\n"
        "3.0,6.0,Strix aluco,owl,0.7,/home/x/two.wav\n")
    (folder / "cluster.csv").write_text(
        "INDIR,FOLDER,IN FILE,CHANNEL,OFFSET,DURATION,TOP1MATCH*,TOP1DIST,MANUAL ID\n"
        "D:\\x,,three.wav,0,1.0,2.0,Cluster 1,0.3,frog\n")
    return folder


def raven_and_audacity(folder: Path) -> Path:
    """Two recordings: one with a Raven table as Raven names it, one with Audacity's labels."""
    write(folder / "night.wav", 1, 6.0)
    head = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)"
    rows = ["1\tSpectrogram 1\t1\t0.5\t1.0\t100\t900\towl\tloud",
            "2\tSpectrogram 1\t1\t2.0\t2.6\t2000\t3000\tfrog\t"]
    (folder / "night.Table.1.selections.txt").write_text(
        "\n".join([f"{head}\tSpecies\tRemark", *rows]) + "\n")
    write(folder / "dawn.wav", 2, 6.0)
    (folder / "dawn.txt").write_text("1.000000\t1.500000\towl\n\\\t200.0\t800.0\n"
                                     "3.000000\t3.400000\tfrog\n")
    return folder
