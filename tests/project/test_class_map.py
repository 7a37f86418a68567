"""What a person said of the classes of a model is known later, also under new names."""

from __future__ import annotations

from pathlib import Path

from workbench.project.class_map import FILE, class_map, read_class_map, write_class_map
from workbench.project.runs import RunFolder


def test_names_follow_a_class_that_is_renamed_and_nothing_is_written_over(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert read_class_map(run, ("cat",)) == {}
    write_class_map(run, {"tomcat": "cat", "hound": ""}, ("cat", "owl"))
    assert read_class_map(run, ("feline", "owl")) == {"tomcat": "feline", "hound": ""}
    write_class_map(run, {"eagle owl": "owl"}, ("feline", "owl"))
    said = read_class_map(run, ("feline", "bird"))
    assert said == {"tomcat": "feline", "hound": "", "eagle owl": "bird"}
    assert class_map(("tomcat", "Bird"), ("feline", "bird"), said)["Bird"] == "bird"

    (tmp_path / FILE).write_text('{"names": "pets"}', "utf-8")  # as it was first, of one class
    assert read_class_map(run, ("pets",)) == {"names": "pets"}
    (tmp_path / FILE).write_text("{", "utf-8")
    assert read_class_map(run, ("pets",)) == {}
    write_class_map(run, {"dog": "pets"}, ("pets",))
    assert read_class_map(run, ("pets",)) == {"dog": "pets"}
    assert (tmp_path / f"{FILE}.unreadable").read_text("utf-8") == "{"
