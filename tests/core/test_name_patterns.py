"""What patterns find in names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.name_patterns import NamePattern


@pytest.mark.parametrize(("pattern", "name", "found"), [
    ("{group}_*", "lynx07_0001", ("lynx07",)), ("{group}_*", "lynx07", None),
    ("*_{group}", "a_b_c", ("b_c",)), ("{n}{group}", "12ab", ("ab",)),
    ("{group}-{group}", "a-b-c", ("a", "b-c")), ("{group}", "", None),
    ("x{group}**", "xab", ("a",)), ("{group}(.*", "a(.9", ("a",)),
    ("{group}[{n}]", "é[7]", ("é",))])
def test_what_a_pattern_finds(pattern: str, name: str, found: tuple[str, ...] | None) -> None:
    assert NamePattern(pattern).groups(name) == found


@given(st.lists(st.sampled_from(["{group}", "{n}", "*", "a", "1", "_"]), min_size=1, max_size=5),
       st.text("a1_", max_size=7))
def test_it_finds_what_a_regular_expression_does(parts: list[str], name: str) -> None:
    plain = {"{group}": "(.+?)", "{n}": r"\d+", "*": ".*?"}
    wanted = re.fullmatch("".join(plain.get(part, part) for part in parts), name)
    assert NamePattern("".join(parts)).groups(name) == (wanted.groups() if wanted else None)


@pytest.mark.parametrize(("pattern", "name"), [
    ("{group}a{group}a{group}a*a*a*b", "a" * 100), ("{n}" * 12 + "x{group}", "1" * 100)])
def test_no_pattern_keeps_the_window_waiting(pattern: str, name: str) -> None:
    """Regular expressions try for hours here."""
    assert NamePattern(pattern).groups(name) is None
