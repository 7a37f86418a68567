"""Verdict, kinds of mistakes, and labels that are made of detections."""

from __future__ import annotations

import shutil

import pytest
from PySide6.QtCore import Qt

from tests.gui.results.agreement import assert_all_agree, shown_identities
from workbench.evaluation.box_words import in_group
from workbench.evaluation.verdict import mistake_counts
from workbench.gui.app.context import TrainTarget
from workbench.project.session import Session


def test_results_open_where_f1_is_best_on_the_worst_mistakes(ready):
    place = ready.place
    evaluation = place.snapshot.evaluation
    assert evaluation.f1 == pytest.approx(evaluation.curve.f1.max(), abs=0.01)
    counts = mistake_counts(evaluation)
    assert place.gallery.title.text() == f"{sum(counts.values())} mistakes"
    assert place.gallery.order == "worst"
    model = place.gallery.view.gallery
    tones = [model.tone(row) for row in range(model.rowCount())]
    assert tones.count("bad_text") == counts["missed"]
    assert tones.count("warn_text") == counts["extra"]
    assert tones.count("accent_text") == counts["confused"]
    assert place.verdict.title.text().startswith("Finds ")


def test_a_score_that_a_person_chooses_stays_with_the_run(ready):
    place = ready.place
    place.toolbar.score.set_value(0.77)
    names = [run.name for run in place.loading.runs]
    place.loading.choose_run(names[1])
    ready.settle()
    assert place.toolbar.score.value() != pytest.approx(0.77)
    place.loading.choose_run(names[0])
    ready.settle()
    assert place.toolbar.score.value() == pytest.approx(0.77)


def test_a_score_does_not_follow_to_a_run_of_the_same_name(ready, cells, tmp_path):
    place, mine = ready.place, ready.session
    place.toolbar.score.set_value(0.77)
    other = Session.open(shutil.copytree(cells, tmp_path / "copy"), post=ready.poster)
    for session, kept in ((other, False), (mine, True)):
        ready.context.session = session
        ready.context.session_changed.emit()
        place.entered()
        ready.settle()
        assert (place.toolbar.score.value() == pytest.approx(0.77)) is kept
    other.close()


@pytest.mark.parametrize("kind", ["missed", "extra", "confused", "mistakes"])
def test_a_kind_of_mistake_shows_exactly_its_boxes(ready, kind):
    ready.place.gallery.kinds.select(kind)
    ready.place.show_group(kind)
    ready.settle()
    evaluation = ready.place.snapshot.evaluation
    none = len(evaluation.classes)
    wanted = {(c.image, c.truth, c.detection)
              for row in range(none + 1) for column in range(none + 1)
              if in_group((row, column), kind, none) for c in evaluation.cell(row, column)}
    assert set(shown_identities(ready)) == wanted and len(shown_identities(ready)) == len(wanted)
    assert_all_agree(ready)


def test_all_extra_detections_become_labels_in_one_step(ready):
    place, session = ready.place, ready.session
    place.show_group("extra")
    ready.settle()
    shown = place.snapshot
    number = mistake_counts(shown.evaluation)["extra"]
    assert place.gallery.add_button.text() == f"Label all {number}"
    place.gallery.add_button.click()
    ready.settle()
    tone, text = ready.said[-1]
    assert tone == "ok" and text.startswith(f"Added {number} boxes on ")
    assert mistake_counts(place.snapshot.evaluation)["extra"] == 0
    assert place.snapshot.evaluation.truths == shown.evaluation.truths + number
    session.undo.undo()
    place.recompute()
    ready.settle()
    assert place.snapshot.evaluation.truths == shown.evaluation.truths


def test_one_extra_detection_and_those_of_its_image_become_labels(ready):
    place = ready.place
    place.show_group("extra")
    ready.settle()
    extra = mistake_counts(place.snapshot.evaluation)["extra"]
    place.gallery.view.set_row(0)
    ready.context.actions["results.add"].run()
    ready.settle()
    assert ready.said[-1][1] == "Added 1 box on 1 image."
    assert mistake_counts(place.snapshot.evaluation)["extra"] == extra - 1
    place.gallery.view.set_row(0)
    image = place.snapshot.entries.table.image[0]
    here = int((place.snapshot.entries.table.image == image).sum())
    ready.context.actions["results.add-image"].run()
    ready.settle()
    assert mistake_counts(place.snapshot.evaluation)["extra"] == extra - 1 - here


def test_a_label_file_that_must_not_be_changed_is_left_out(ready):
    place, session = ready.place, ready.session
    place.show_group("extra")
    ready.settle()
    key = place.gallery.view.gallery.key(0)
    path = session.index.annotation_path(key)
    path.write_text("<annotation>", "utf-8")
    session.images.cached(key)
    place.gallery.view.set_row(0)
    ready.context.actions["results.add-image"].run()
    ready.settle()
    assert ready.said[-1][0] == "warn" and path.read_text("utf-8") == "<annotation>"


def test_train_again_trains(qtbot, ready):
    qtbot.mouseClick(ready.place.verdict.train_button, Qt.MouseButton.LeftButton)
    assert ready.went[-1] == ("train", TrainTarget())


def test_what_changed_beside_another_run_is_shown_under_both(qtbot, ready):
    place = ready.place
    assert not place.gallery.kinds["won"].isVisible()
    place.open_compare()
    ready.settle()
    compared = place.snapshot.compared
    won, lost = int(compared.won.sum()), int(compared.lost.sum())
    assert won > 0 and f"{won} labels now right, {lost} now wrong" in place.compare.note.text()
    qtbot.mouseClick(place.compare.pictures_button, Qt.MouseButton.LeftButton)
    ready.settle()
    assert not place.compare.isVisible() and place.selection in ("won", "lost")
    place.show_group("won")
    ready.settle()
    model = place.gallery.view.gallery
    assert model.rowCount() == won
    for row in range(won):
        image, truth, found = model.entries.identity(row)
        assert truth >= 0 and found >= 0 and model.tone(row) == "ok_text"
        there = compared.image[image]
        highlighted = [mark for mark in model.other_boxes_on(row) if mark.highlighted]
        assert len(highlighted) == 1
        assert highlighted[0].score is None  # the label; the other run found nothing
        assert (there, truth) not in {
            (c.image, c.truth) for k in range(len(compared.evaluation.classes))
            for c in compared.evaluation.cell(k, k)}
    place.loading.choose_run(compared.results.run)
    ready.settle()
    assert place.snapshot.compared is None and place.selection == "mistakes"


def test_a_notice_moves_nothing_above_it(ready):
    place, session = ready.place, ready.session
    gallery = place.gallery

    def tops():
        return [widget.mapTo(place, widget.rect().topLeft()).y()
                for widget in (gallery.kinds, gallery.title, gallery.view)]

    before = tops()
    key = place.loading.results.keys[0]
    session.edit(key, session.document(key).annotation.objects[1:], "delete a box")
    assert place.notice.isVisible()
    place.layout().activate()
    assert tops() == before
