"""Which validation and test images a classifier is right about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.core.judged import Judged
from workbench.core.paths import is_file
from workbench.evaluation.scored import snapshot
from workbench.evaluation.tagged import tag_snapshot
from workbench.project.runs import RunFolder
from workbench.tasks.image_classification.results import open_images, open_tags, read_parts


def judged_images(run: RunFolder, project_classes: Sequence[str]) -> Iterator[Judged]:
    """Every image that is judged; of models of tags it is right where all tags are, models of
    numbers are neither right nor wrong. Raises WorkbenchError where labels or scores cannot be
    read."""
    kind = str(run.config.get("kind", "class"))
    if kind == "number":
        return
    labels = read_parts(run.project, run)
    trained = {image.key for image in labels.parts["train"]}
    for part in ("val", "test"):
        if not is_file(run.predictions_path(part)):
            continue
        if kind == "tags":
            tags = open_tags(run, part, labels, project_classes, {})
            shown = tag_snapshot(tags, tags.counting, None, "file")
            rows = [(image.key, shown.is_right(row), shown.words(row))
                    for row, image in enumerate(tags.samples)]
        else:
            scores = open_images(run, part, labels, project_classes, {})
            found = snapshot(scores, 0.0, None, "file")
            rows = [(image.key, found.is_right(row), found.predicted(row))
                    for row, image in enumerate(scores.samples)]
        yield from (Judged(key, None, "right" if right else "wrong", "" if right else words)
                    for key, right, words in rows if key not in trained)
