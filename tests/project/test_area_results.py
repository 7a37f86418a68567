"""Maps of a run beside the labels of now: what is counted, and what is said about it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.area_runs import add_area_run
from tests.support.tiny_areas import make_areas, picture
from workbench.core.annotation import LabeledObject
from workbench.core.class_maps import UNKNOWN
from workbench.core.errors import FormatError
from workbench.core.outlines import Polygon
from workbench.core.shapes import Box
from workbench.formats.voc import read_voc
from workbench.project.datasets.splits import Split, save_split
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder
from workbench.tasks.segmentation.messages import cell_words, class_notes, title
from workbench.tasks.segmentation.overlays import (
    CODE_CONFUSED,
    CODE_EXTRA,
    CODE_MISSED,
    CODE_RIGHT,
    overlay_codes,
    palette_of,
)
from workbench.tasks.segmentation.results import (
    AreaSet,
    Objects,
    changed_images,
    judged_size,
    open_results,
    read_labels,
    relabelled,
    snapshot,
)
from workbench.tasks.segmentation.tables import csv_bytes

TEST = ["images/area13.png", "images/area14.png", "images/area15.png"]
DISC, STRIPE, NOTHING = 0, 1, 2
"""Rows and columns of the matrix."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = make_areas(tmp_path / "areas")
    write_classes(folder, "disc", "stripe")
    return folder


def write_classes(folder: Path, *names: str) -> None:
    listed = ", ".join(f'"{name}"' for name in names)
    (folder / "workbench.toml").write_text(
        f'name = "Areas"\ntask = "semantic-segmentation"\nclasses = [{listed}]\n')


def erase(value: int):
    def change(areas: np.ndarray, levels: np.ndarray) -> None:
        levels[areas == value] = 0

    return change


def take(value: int, other: int, level: int = 18):
    def change(areas: np.ndarray, levels: np.ndarray) -> None:
        levels[areas == value] = level
        areas[areas == value] = other

    return change


def opened(project: Path, run: RunFolder, part: str = "test",
           fresh: dict[str, Objects] | None = None) -> AreaSet:
    return open_results(run, part, read_labels(project, "default"),
                        Manifest.load(project).classes, fresh or {})


def relabel(project: Path, stem: str, *objects: LabeledObject, keep: bool = True) -> None:
    path = project / "annotations" / f"{stem}.xml"
    document = read_voc(path)
    old = document.annotation.objects if keep else ()
    path.write_bytes(document.render(replace(document.annotation, objects=(*old, *objects))))


def test_what_is_found_as_it_is_labelled_is_perfect(project: Path) -> None:
    shown = snapshot(opened(project, add_area_run(project)), 0.5, None, "worst")
    assert shown.evaluation.miou == shown.evaluation.pixel_accuracy == 1.0
    assert shown.evaluation.images == 3 and shown.results.classes == ("disc", "stripe")
    assert (shown.results.missing, shown.results.left_out, shown.results.doubt) == (0, 0, "")
    assert title(shown) == "3 images"


def test_runs_are_judged_at_one_size_whatever_they_saw(project: Path) -> None:
    fine, coarse = (snapshot(opened(project, add_area_run(project, name=f"by-{scale}",
                                                          scale=scale)), 0.5, None, "worst")
                    for scale in (1, 4))
    pixels = 3 * 96 * 64
    assert fine.evaluation.confusion.sum() == coarse.evaluation.confusion.sum() == pixels
    assert fine.evaluation.miou == 1.0
    assert coarse.evaluation.miou < 0.99, "the edges of its areas are coarse"
    assert (fine.evaluation.confusion.sum(1) == coarse.evaluation.confusion.sum(1)).all(), \
        "what is true is the same"
    assert coarse.results.pixels(0)[0].size == (24, 16), "it is drawn as it was found"


def test_photos_are_judged_at_a_million_pixels() -> None:
    assert judged_size((640, 480)) == (640, 480)
    assert judged_size((4000, 3000)) == (1155, 866)
    assert judged_size((2_000_000, 1)) == (1_414_214, 1)


def test_the_worst_images_come_first_and_a_cell_has_its_images(project: Path) -> None:
    run = add_area_run(project, change={"area14": erase(1), "area15": take(2, 1)})
    results = opened(project, run)
    worst = snapshot(results, 0.5, None, "worst")
    assert worst.rows.tolist() == [2, 1, 0]
    assert worst.figures.miou[1] == 0.5 and worst.figures.miou[0] == 1.0
    assert snapshot(results, 0.5, None, "best").rows.tolist() == [0, 1, 2]
    assert snapshot(results, 0.5, None, "file").rows.tolist() == [0, 1, 2]
    missed = snapshot(results, 0.5, (DISC, NOTHING), "most")
    assert missed.rows.tolist() == [1]
    assert missed.shares[1] == picture(14)[1].mean()
    assert title(missed) == "disc taken for background: 1 image"
    confused = snapshot(results, 0.5, (STRIPE, DISC), "most")
    assert confused.rows.tolist() == [2] and confused.shares[2] == 12 / 96
    assert cell_words((NOTHING, NOTHING), results.classes) == "background left alone"
    matrix = confused.evaluation.confusion
    assert matrix[1, 0] == picture(14)[1].sum() and matrix[2, 1] == 12 * 64


def test_a_least_score_moves_everything_at_once(project: Path) -> None:
    run = add_area_run(project, change={"area15": take(2, 1, level=8)})
    results = opened(project, run)
    assert snapshot(results, 0.4, (STRIPE, DISC), "most").rows.tolist() == [2]
    higher = snapshot(results, 0.45, (STRIPE, DISC), "most")
    assert higher.rows.tolist() == [] and higher.evaluation.confusion[2, 0] == 12 * 64
    assert snapshot(results, 0.95, None, "worst").evaluation.confusion[:, 1:].sum() == 0


def much_guessed(areas: np.ndarray, levels: np.ndarray) -> None:
    """Half of the ground is taken for a disc, with a score of 0.55."""
    ground = areas[:, :40] == 0
    areas[:, :40][ground], levels[:, :40][ground] = 1, 11


def test_the_best_least_score_is_that_of_the_validation_images(project: Path) -> None:
    run = add_area_run(project, "test")
    assert opened(project, run).best_least is None, "nobody looked at these"
    names = [Path(record.key).stem for record in read_labels(project, "default").parts["val"]]
    other = add_area_run(project, "val", dict.fromkeys(names, much_guessed), name="other")
    assert opened(project, other, "val").best_least == 0.6
    run.predictions_path("val").write_bytes(other.predictions_path("val").read_bytes())
    results = opened(project, run)
    assert results.best_least == 0.6 and results.tables.evaluated(0.6).miou == 1.0
    later = snapshot(opened(project, add_area_run(project, name="later")), 0.95, None, "worst",
                     before=results)
    assert later.before is not None and later.before.miou == 1.0, "at its own"
    sure = add_area_run(project, "val", name="sure")
    assert opened(project, sure, "val").best_least == 0.5, "no other one is better"


def test_a_renamed_class_is_known_by_its_new_name(project: Path) -> None:
    run = add_area_run(project)
    write_classes(project, "cell", "stripe")
    for path in (project / "annotations").glob("*.xml"):
        path.write_text(path.read_text().replace("<name>disc<", "<name>cell<"))
    results = opened(project, run)
    assert results.classes == ("cell", "stripe")
    assert snapshot(results, 0.5, None, "worst").evaluation.miou == 1.0
    assert class_notes(results) == ["“disc” is called “cell” now."]


def test_a_class_that_means_background_does_not_move_the_others(project: Path) -> None:
    """It stands in the project's list before the others; a run does not have it."""
    run = add_area_run(project)
    write_classes(project, "background", "cell", "stripe")
    for path in (project / "annotations").glob("*.xml"):
        path.write_text(path.read_text().replace("<name>disc<", "<name>cell<"))
    relabel(project, "area13", LabeledObject("background", square(0, 0, 4, 4)))
    results = opened(project, run)
    assert results.classes == ("cell", "stripe") and results.known.unknown == {}
    assert snapshot(results, 0.5, None, "worst").evaluation.miou == 1.0


def square(left: float, top: float, right: float, bottom: float) -> Polygon:
    return Polygon((((left, top), (right, top), (right, bottom), (left, bottom)),))


def test_classes_that_the_run_does_not_know_and_boxes_are_left_out(project: Path) -> None:
    run = add_area_run(project)
    relabel(project, "area13", LabeledObject("moss", square(0, 0, 8, 8)),
            LabeledObject("disc", Box(0, 8, 8, 16)))
    results = opened(project, run)
    assert class_notes(results) == [
        "This model was not trained on “moss”: 1 area is left out of these figures."]
    evaluation = snapshot(results, 0.5, None, "worst").evaluation
    assert evaluation.miou == 1.0 and evaluation.confusion.sum() == 3 * 96 * 64 - 128
    _, truth = results.pixels(0)
    assert (truth[:16, :8] == UNKNOWN).all()


def test_where_background_is_labelled_the_rest_is_unknown(project: Path) -> None:
    run = add_area_run(project, unlabelled="unknown")
    relabel(project, "area13", LabeledObject("background", square(0, 0, 4, 4)))
    results = opened(project, run)
    pixels = 16 + 3 * 12 * 64 + sum(int(picture(number)[1].sum()) for number in (13, 14, 15))
    assert snapshot(results, 0.5, None, "worst").evaluation.confusion.sum() == pixels


def test_images_that_were_held_back_only_after_the_training_are_told(project: Path) -> None:
    run = add_area_run(project)
    save_split(run.path, Split("default", 0, train=TEST[:1], val=TEST[:1], test=[]))
    assert opened(project, run).doubt == (
        "It was trained on 1 of these 3 images as well: the figures are too good.")


def test_what_makes_figures_doubtful_is_said(project: Path) -> None:
    train = add_area_run(project, "train")
    assert opened(project, train, "train").doubt == "The model was trained on these images."
    run = add_area_run(project, without=["area14"])
    (project / "annotations" / "area13.xml").unlink()
    results = opened(project, run)
    assert results.doubt == (
        "1 of the 3 images of “test” is gone or without labels, and left out. "
        "1 file cannot be read and is left out of these figures: images/area14.png.")
    assert results.keys == ("images/area15.png",)
    assert (results.missing, results.left_out) == (0, 1)


def test_images_that_came_later_are_missing(project: Path) -> None:
    run = add_area_run(project)
    split = project / "splits" / "default.json"
    split.write_text(split.read_text().replace('"images/area12.png"', '"images/area00.png"'))
    text = split.read_text().replace('"images/area13.png"', '"images/area13.png", '
                                     '"images/area12.png"')
    split.write_text(text)
    assert opened(project, run).missing == 1


# --- labels that are changed ----------------------------------------------------------------------


def test_only_changed_images_are_counted_again_and_it_is_as_if_opened_anew(project: Path) -> None:
    results = opened(project, add_area_run(project, change={"area14": erase(1)}))
    fresh = {TEST[0]: (), TEST[2]: results.records[2].objects}
    counted = []
    again = relabelled(results, fresh, lambda done, total: counted.append((done, total)))
    assert changed_images(results, fresh) == 1 and changed_images(again, fresh) == 0
    assert again.cells[1] is results.cells[1] and again.cells[2] is results.cells[2]
    assert counted == [(0, 3), (1, 3), (2, 3)]
    anew = opened(project, RunFolder(next((project / "runs").iterdir())), fresh=fresh)
    for least in (0.3, 0.5, 0.95):
        np.testing.assert_array_equal(again.tables.evaluated(least).confusion,
                                      anew.tables.evaluated(least).confusion)
    assert again.tables.evaluated(0.5).confusion[0].tolist()[1:] == [
        picture(13)[1].sum(), 12 * 64]


def test_a_label_of_another_class_is_told_when_counted_again(project: Path) -> None:
    results = opened(project, add_area_run(project))
    moss = tuple(replace(item, label="moss") for item in results.records[0].objects)
    again = relabelled(results, {TEST[0]: moss})
    assert again.known.unknown == {"moss": 2} and again.classes == results.classes


def test_counting_ends_where_it_is_not_wanted_any_more(project: Path) -> None:
    run = add_area_run(project)
    labels = read_labels(project, "default")

    def stop(done: int, _total: int) -> None:
        if done == 1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        open_results(run, "test", labels, (), {}, stop)


def test_damaged_maps_are_a_clear_failure(project: Path) -> None:
    run = add_area_run(project)
    path = run.predictions_path("test")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(FormatError, match="evaluate the run again"):
        opened(project, run)


# --- what is drawn and saved ----------------------------------------------------------------------


def test_differences_are_what_was_missed_too_much_and_of_a_wrong_class(project: Path) -> None:
    def change(areas: np.ndarray, levels: np.ndarray) -> None:
        levels[areas == 1] = 0
        areas[areas == 2] = 1
        areas[:3, :3], levels[:3, :3] = 2, 12

    results = opened(project, add_area_run(project, change={"area13": change}))
    found, truth = results.pixels(0)
    _, disc, left = picture(13)
    codes = overlay_codes(found, truth, 0.5, "differences")
    assert (codes[disc] == CODE_MISSED).all() and (codes[:3, :3] == CODE_EXTRA).all()
    assert (codes[5:, left:left + 12] == CODE_CONFUSED).all()
    assert (codes > 0).sum() == disc.sum() + 9 + 12 * 64
    assert not overlay_codes(found, truth, 0.65, "differences")[:3, :3].any()
    one = overlay_codes(found, truth, 0.5, "differences", (2, 1))
    assert set(np.unique(one)) == {0, CODE_CONFUSED} and (one > 0).sum() == 12 * 64
    right = overlay_codes(found, truth, 0.5, "differences", (0, 0))
    assert set(np.unique(right)) == {0, CODE_RIGHT}
    np.testing.assert_array_equal(overlay_codes(found, truth, 0.5, "labels"), truth)
    np.testing.assert_array_equal(overlay_codes(found, truth, 0.5, "found"), found.at(0.5))


def test_areas_have_the_colours_of_their_classes() -> None:
    palette = palette_of("labels", ["#102030", "#405060"])
    assert palette[:3].tolist() == [[0, 0, 0, 0], [16, 32, 48, 255], [64, 80, 96, 255]]
    assert 0 < palette[UNKNOWN, 3] < 255
    assert len({tuple(color) for color in palette_of("differences", ())[:5].tolist()}) == 5


def test_the_table_has_the_images_that_are_listed(project: Path) -> None:
    results = opened(project, add_area_run(project, change={"area14": erase(1)}))
    rows = list(csv.DictReader(io.StringIO(
        csv_bytes(snapshot(results, 0.5, None, "worst")).decode())))
    assert [row["file"] for row in rows] == [TEST[1], TEST[0], TEST[2]]
    assert rows[0]["mean_iou"] == "0.5000" and rows[0]["iou_disc"] == "0.0000"
    assert float(rows[0]["wrong"]) == pytest.approx(picture(14)[1].mean(), abs=1e-4)
    [row] = csv.DictReader(io.StringIO(
        csv_bytes(snapshot(results, 0.5, (DISC, NOTHING), "most")).decode()))
    assert row["in_cell"] == row["wrong"] != "0.0000"
