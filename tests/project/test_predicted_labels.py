"""What a model found, written as labels, where that is not plain."""

from pathlib import Path

from workbench.extension.annotation_formats import annotation_formats
from workbench.extension.plugins import load_plugins
from workbench.project.predicted_labels import write_predicted
from workbench.tasks.detection.saving import SAVING
from workbench.tasks.image_classification.saving import SAVING as CLASSES

FRAME = {"file": "/film.mp4", "frame": 7, "time": 0.28, "size": [64, 48], "boxes": [[5, 5, 30, 30]],
         "labels": ["cat"], "scores": [0.9]}


def test_frames_of_videos_are_no_files_that_a_format_could_hold(tmp_path: Path) -> None:
    found = write_predicted(annotation_formats.get("tfrecord"), SAVING, ("cat",),
                            [(FRAME, "film-000007")], tmp_path)
    assert found.samples == 0 and len(found.problems) == 1
    assert "TFRecord holds the images themselves" in found.problems[0].reason
    found = write_predicted(annotation_formats.get("yolo"), SAVING, ("cat",),
                            [(FRAME, "film-000007")], tmp_path)
    assert (found.samples, found.objects, found.problems) == (1, 1, [])
    assert next(tmp_path.rglob("film-000007.txt")).read_text().startswith("0 ")


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    load_plugins()
    answer = {"file": str(tmp_path / "gone.png"), "label": "cat"}
    found = write_predicted(annotation_formats.get("labels-table"), CLASSES, (), [(answer, "gone")],
                            tmp_path)
    assert found.samples == 0 and "gone.png" in found.problems[0].reason
