"""What a run makes of the points of a map."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.project.helpers import labelled
from tests.support.area_runs import add_area_run
from tests.support.judged_run import judged_run
from tests.support.tiny_areas import make_areas
from tests.support.tiny_sounds import make_sounds
from tests.support.written_map import write_map
from workbench.core.judged import OUTCOMES
from workbench.extension.tasks import register_bundled
from workbench.formats.sample_maps import OBJECTS, SAMPLES, load_sample_map
from workbench.formats.scores import ScoreSet, save_scores, sound_key
from workbench.project.datasets.sounds import load_sound_dataset, samples_of
from workbench.project.datasets.splits import Split, save_split
from workbench.project.judged_points import JudgedPoints, judged_points, judges
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder
from workbench.project.sample_places import placed_samples
from workbench.project.statistics.table import read_objects

PLACES = [(0.1 * at, 0.0) for at in range(60)]


def judged_on(folder: Path, what: str, run: RunFolder) -> JudgedPoints:
    register_bundled()
    found = load_sample_map(write_map(folder, what, PLACES))
    placed = placed_samples(found, read_objects(folder))
    assert judges(run)
    return judged_points(placed, run, Manifest.load(folder).classes)


def outcomes(judged: JudgedPoints) -> list[str]:
    return [OUTCOMES[at] if at >= 0 else "" for at in judged.outcome.tolist()]


def test_objects_are_found_missed_or_taken_for_others(tmp_path: Path) -> None:
    for at, names in enumerate((["cat"], ["cat", "dog"], ["dog"], ["dog"], ["cat"])):
        labelled(tmp_path, f"{at}.png", names)
    run = judged_run(tmp_path, ["1.png", "2.png", "3.png"], {"2.png": None, "3.png": "cat"})
    judged = judged_on(tmp_path, OBJECTS, run)
    assert outcomes(judged) == ["", "right", "right", "missed", "wrong", ""]
    assert judged.found == {4: "cat"}
    assert (judged.number, judged.wrong) == (4, 2)
    whole = judged_on(tmp_path, SAMPLES, run)  # wrong is where more is wrong than right
    assert outcomes(whole) == ["", "right", "wrong", "wrong", ""]
    assert whole.found == {2: "1 missed", 3: "1 of another class"}


def test_errors_that_lie_together_are_named_by_rows_of_the_map(tmp_path: Path) -> None:
    for at in range(40):
        labelled(tmp_path, f"{at:02}.png", ["cat"])
    missed = [f"{at:02}.png" for at in range(10, 16)]
    run = judged_run(tmp_path, [f"{at:02}.png" for at in range(10, 40)],
                     dict.fromkeys(missed))
    worst, = judged_on(tmp_path, OBJECTS, run).groups
    assert {*range(10, 16)} <= {*worst.rows} and worst.wrong == 6


def test_what_was_learned_from_is_not_judged(tmp_path: Path) -> None:
    keys = [f"{at}.png" for at in range(4)]
    for key in keys:
        labelled(tmp_path, key, ["cat"])
    run = judged_run(tmp_path, keys, {})
    save_split(tmp_path, Split("default", 0, keys, keys, []))  # too few to hold any back
    assert judged_on(tmp_path, OBJECTS, run).number == 0


def test_images_of_areas_are_judged_by_their_mean_overlap(tmp_path: Path) -> None:
    folder = make_areas(tmp_path / "areas")
    (folder / "workbench.toml").write_text(
        'task = "semantic-segmentation"\nclasses = ["disc", "stripe"]\n')
    run = add_area_run(folder, "test", {"area14": lambda _areas, levels: levels.fill(0)})
    judged = judged_on(folder, SAMPLES, run)
    assert (judged.number, judged.wrong) == (3, 1)
    assert list(judged.found.values()) == ["mean IoU 0.00"]


def test_sounds_are_judged_as_a_whole(tmp_path: Path) -> None:
    folder = make_sounds(tmp_path / "sounds", each=6)
    register_bundled()
    data = load_sound_dataset(folder, "default")
    sounds = [sound for record in data.val for sound in samples_of(record)]
    run = RunFolder.create(folder, "sound-cnn", {
        "recipe": "sound-cnn", "classes": data.classes, "task": "audio-classification",
        "split": {"name": "default"}})
    save_split(run.path, data.split)
    truth = np.array([data.classes.index(sound.label) for sound in sounds])
    scores = np.eye(len(data.classes), dtype=np.float32)[truth]
    scores[0] = np.roll(scores[0], 1)
    keys = [sound_key(sound.key, sound.start, sound.end) for sound in sounds]
    save_scores(run.predictions_path("val"), ScoreSet(
        [key for key, _, _ in keys], np.array([span for _, *span in keys]), truth, scores,
        list(data.classes)))
    judged = judged_on(folder, SAMPLES, run)
    assert (judged.number, judged.wrong) == (len(sounds), 1)
    assert list(judged.found.values()) == [data.classes[int(scores[0].argmax())]]
