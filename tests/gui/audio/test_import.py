"""Data sets that are dropped into Audio come in as the shell imports them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.gui.audio.conftest import Bench
from tests.gui.audio.test_adding import drop
from tests.support import sound_layouts
from workbench.project.datasets.sounds import load_sound_dataset
from workbench.project.datasets.splits import load_split

LAYOUTS = {
    "ESC-50": (sound_layouts.esc50, 15, {"dog": 5, "rain": 5, "crying_baby": 5}, set("12345")),
    "UrbanSound8K": (sound_layouts.urban_sound, 12, {"car_horn": 6, "dog_bark": 6},
                     set("123456")),
    "speech": (sound_layouts.speech_commands, 18, {"yes": 6, "no": 6, "stop": 6},
               {f"{number:08x}" for number in range(6)}),
    "field": (sound_layouts.raven_and_audacity, 2, {"owl": 2, "frog": 2}, set()),
    "programs": (sound_layouts.birdnet_and_kaleidoscope, 3, {"owl": 2, "frog": 1}, set()),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_dropped_data_set_brings_its_labels(bench: Bench, tmp_path: Path, name: str) -> None:
    make, clips, classes, groups = LAYOUTS[name]
    source, project = make(tmp_path / "away" / name), tmp_path / "project"
    project.mkdir()
    bench.open_project(project)
    drop(bench, [source])
    sounds = bench.session.sounds
    bench.wait(lambda: len(bench.session.sounds) == clips and not sounds.scanning)
    bench.wait(lambda: sounds.class_counts() == Counter(classes))
    tone, words = bench.said[-1]
    assert tone == "ok" and words.startswith(f"{clips} sounds added.")
    assert set(sounds.groups().values()) == groups
    assert all(key.startswith(f"audio/{name}/") for key in sounds.keys())  # noqa: SIM118
    assert bench.session.saver.flush(60)
    data = load_sound_dataset(project)
    records = [item for part in ("train", "val", "test") for item in data.part(part)]
    assert {item.group for item in records} - {""} == groups
    if name == "speech":
        split = load_split(project, "default")
        assert split.test == [f"audio/speech/{word}/00000005_nohash_0.wav"
                              for word in ("no", "stop", "yes")]


def test_clips_of_a_second_set_keep_their_labels_in_tables(bench: Bench, tmp_path: Path) -> None:
    """The project labels by the first set's table; what that does not know gets its own."""
    first = sound_layouts.esc50(tmp_path / "away" / "ESC-50")
    second = sound_layouts.urban_sound(tmp_path / "away" / "urban")
    project = tmp_path / "project"
    project.mkdir()
    bench.open_project(project)
    drop(bench, [first])
    sounds = bench.session.sounds
    bench.wait(lambda: len(sounds) == 15 and not sounds.scanning)
    offered: list[object] = []
    bench.context.announced.connect(offered.append)
    drop(bench, [second])
    bench.wait(lambda: len(sounds) == 27 and not sounds.scanning)
    bench.wait(lambda: sounds.class_counts()["dog_bark"] == 6)
    assert sounds.class_counts()["dog"] == 5
    offered[-1].action()  # type: ignore[attr-defined]  takes it back, tables and all
    assert len(sounds) == 15
    assert not list((project / "audio" / "urban").rglob("*.wav"))
    assert not list((project / "audio" / "urban").rglob("*.txt"))


def test_a_dropped_folder_says_where_its_labels_come_from(bench: Bench, tmp_path: Path) -> None:
    source, project = tmp_path / "away", tmp_path / "project"
    for number in range(4):
        sound_layouts.write(source / f"batch{number % 2}" / f"{number}.wav", number)
    (source / "labels.csv").write_text("filename,label\n0.wav,crow\n1.wav,wren\n")
    (source / "notes.TextGrid").write_text("File type")
    project.mkdir()
    bench.open_project(project)
    drop(bench, [source])
    bench.wait(lambda: bench.session.sounds.class_counts() == Counter({"crow": 1, "wren": 1}))
    words = bench.said[-1][1]
    assert "Labels come from labels.csv (2 of 4 sounds, 2 classes)." in words
    assert "the folders' names (4 of 4 sounds, 2 classes); choose it in" in words
    assert "Not taken: notes.TextGrid (1 file): labels of Praat" in words
