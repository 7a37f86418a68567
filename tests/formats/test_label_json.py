"""What the readers of labels in JSON share."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.formats.label_json import attributes_of, part_of


@pytest.mark.parametrize(("name", "part"), [
    ("instances_train2017.json", "train"), ("instances_val2017.json", "val"),
    ("instancesTest.json", "test"), ("instances_minival2014.json", "val"),
    ("validation.json", "val"), ("TRAINING.json", "train"), ("trainval.json", "train"),
    ("testset.json", "test"), ("valid/_annotations.coco.json", "val"), ("test-dev/a.json", "test"),
    ("train/labels_test.json", "test"),
    ("latest.json", ""), ("valley/a.json", ""), ("strained/b.json", ""), ("Testament/c.json", ""),
    ("greatest_interval.json", ""), ("trains.json", ""), ("a.json", ""),
])
def test_a_part_is_said_by_a_whole_word(name: str, part: str) -> None:
    folder = Path("latest train")  # the data set's own name says nothing
    assert part_of(folder / name, folder) == part


def test_several_values_of_an_attribute_are_a_text() -> None:
    assert attributes_of({
        "colours": ["red", "blue"], "sizes": [1, 2.5], "none": [], "deep": [{"a": 1}],
        "table": {"a": 1}, "seen": False, "age": 5, "name": "Bob",
    }) == {"colours": "red, blue", "sizes": "1, 2.5", "age": 5, "name": "Bob"}
