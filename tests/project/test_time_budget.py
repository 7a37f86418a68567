"""The time budget of videos, by hand-made numbers."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.support.tiny_video import write_video
from workbench.cli import main
from workbench.project.library.events import events_path
from workbench.project.measurements.time_budget import BudgetRow, time_budget


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two videos of 2 s with events, one without, and a damaged table."""
    folder = tmp_path_factory.mktemp("films")
    whole = write_video(folder / "a.mp4", 50).read_bytes()
    for name, text in {
            "a": "start,stop,class,subject,kind\n0.4,0.8,rest,1,\n0.6,1.2,rest,1,\n"
                 "1,1.5,rest,2,\n0.2,,peck,,moment\n1.5,,peck,,moment\n",
            "b": "start,stop,class,subject,kind\n1.6,,rest,1,span\n", "none": "",
            "bad": "start\n"}.items():
        (folder / f"{name}.mp4").write_bytes(whole)
        if text:
            events_path(folder / f"{name}.mp4").write_text(text)
    return folder


def test_counts_durations_shares_and_latencies(films: Path) -> None:
    budget = time_budget(films)
    assert [item.key for item in budget.rows] == ["a.mp4", "a.mp4", "a.mp4", "b.mp4"]
    peck, first, second, other = budget.rows
    assert peck == BudgetRow("a.mp4", "peck", "", True, 2, 0.0, None, None, 0.2, peck.observed, 5)
    assert peck.observed == pytest.approx(2) and peck.per_minute == pytest.approx(60)
    assert (first.events, first.first) == (2, 0.4)
    assert (first.total, first.share) == pytest.approx((0.8, 0.4)), "an overlap counts once"
    assert (first.mean, first.median) == pytest.approx((0.5, 0.5))
    assert (second.subject, second.total) == ("2", pytest.approx(0.5))
    assert (other.total, other.first) == pytest.approx((0.4, 1.6)), "it ends with the video"
    assert len(budget.problems) == 1 and "bad.mp4.events.csv" in budget.problems[0].reason
    both = next(item for item in budget.over_all() if (item.label, item.subject) == ("rest", "1"))
    assert (both.events, both.total, both.share, both.mean, both.median) == pytest.approx(
        (3, 1.2, 0.3, 1.4 / 3, 0.4))
    assert [item.label for item in time_budget(films, classes=["peck"]).rows] == ["peck"]


def test_the_shell_writes_it(films: Path, tmp_path: Path,
                             capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "budget.csv"
    assert main(["measure", str(films), "--events", "--output", str(out)]) == 1  # one is damaged
    rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
    assert rows[0]["kind"] == "moment" and rows[0]["total_s"] == "" and len(rows) == 4
    assert float(rows[1]["share"]) == pytest.approx(0.4)
    capsys.readouterr()
    main(["measure", str(films), "--events", "--table", "classes", "--json"])
    assert {row["class"]: row["count"] for row in json.loads(capsys.readouterr().out)
            if row["subject"] in ("", "1")} == {"peck": 2, "rest": 3}
    main(["measure", str(films), "--events"])
    assert "3 videos" not in (said := capsys.readouterr().out)
    assert said.startswith("2 videos with events, 0:04.00 observed, 1 event not ended")
    assert main(["measure", str(films), "--events", "--tracks"]) == 2
    assert main(["measure", str(films), "--events", "--class", "fight"]) == 2
