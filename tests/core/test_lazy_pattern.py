"""A pattern that is compiled when it is first used does what one does that is compiled at once."""

from __future__ import annotations

import re

import pytest

from workbench.core.lazy_pattern import lazy_pattern


def test_it_finds_the_same_and_is_compiled_when_it_is_used() -> None:
    word = lazy_pattern("[a-z]+", re.IGNORECASE)
    assert word.pattern == "[a-z]+"
    assert word.findall("One two") == ["One", "two"] and word.fullmatch("1") is None
    wrong = lazy_pattern("(")
    with pytest.raises(re.error):
        wrong.match("")
