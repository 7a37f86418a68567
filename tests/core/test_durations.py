"""Spans of time, as people write them."""

from __future__ import annotations

import pytest

from workbench.core.durations import duration_text, parse_duration


@pytest.mark.parametrize(("text", "seconds", "shown"), [
    ("60 s", 60, "1 min"), ("5min", 300, "5 min"), ("0,5 s", 0.5, "0.5 s"), ("90 sec", 90, "90 s"),
    ("2 Hours", 7200, "2 h"), ("1 day", 86400, "1 d"), ("40 ms", 0.04, "0.04 s")])
def test_a_time_is_read_and_written(text: str, seconds: float, shown: str) -> None:
    assert parse_duration(text) == pytest.approx(seconds)
    assert duration_text(seconds) == shown and parse_duration(shown) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "s", "5 px", "0 s", "-1 s", "1e3 s"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Write a"):
        parse_duration(text)
