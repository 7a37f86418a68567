"""Tables of what was found, line by line."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace
from typing import cast

import pytest

from workbench.cli.tables import table_lines
from workbench.extension.tasks import register_bundled
from workbench.project.runs import RunFolder


@pytest.mark.parametrize("name", ["a.wav", "a,b.wav", 'a"b.wav', "a\nb.wav", "a\rb.wav", " a .wav"])
def test_a_row_is_read_back_whatever_its_file_is_called(name: str) -> None:
    register_bundled()
    run = cast(RunFolder, SimpleNamespace(task="audio-classification", config={"classes": ["owl"]}))
    item = {"file": name, "label": "owl", "scores": {"owl": 0.5}}
    text = "\r\n".join(table_lines("csv", [item], run, False, False, lambda path: "moor",
                                  lambda kind, items: iter(())))
    (_, row) = csv.reader(io.StringIO(text, newline=""))
    assert row[:3] == [name, "owl", "0.5"] and row[-1] == "moor"
