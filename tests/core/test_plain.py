"""Data from a disk comes as the type that was asked for, or as one error that names the place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest

from workbench.core.plain import InvalidData, fitted, parse_json


@dataclass(frozen=True)
class Point:
    x: float
    name: str = ""


class HasId(TypedDict):
    name: str
    at: NotRequired[tuple[int, int]]


@pytest.mark.parametrize(("value", "kind", "expected"), [
    ("a", str, "a"), (3, int, 3), (3, float, 3.0), (True, bool, True), (None, int | None, None),
    ([1, 2], list[int], [1, 2]), ([1, 2], tuple[int, int], (1, 2)), ([], tuple[str, ...], ()),
    ({"a": 1}, dict[str, float], {"a": 1.0}), (16000, float | int, 16000),
    ({"x": 1, "more": []}, Point, Point(1.0)),
    ({"name": "a", "b": 2}, HasId, {"name": "a", "b": 2}),
    ("up", Literal["up", "down"], "up"), ([], Annotated[Any, list[int]], []), ({}, Any, {}),
])
def test_what_fits_is_given(value: Any, kind: Any, expected: Any) -> None:
    found = fitted(value, kind)
    assert found == expected
    assert type(found) is type(expected)


def test_null_is_no_number_where_only_a_number_can_be() -> None:
    assert math.isnan(fitted(None, float))
    assert fitted(None, float | None) is None


@pytest.mark.parametrize(("value", "kind"), [
    (1, str), ("1", int), (1.5, int), (True, int), (1 << 63, int), (1 << 4000, float),
    (1, bool), (None, str), (None, int | str), ({}, list[int]), ("ab", list[str]),
    ([1], tuple[int, int]), ([], dict[str, int]), ({"x": "1"}, Point), ({}, Point), ([], Point),
    ({"at": [1, 2]}, HasId), ({"name": "a", "at": [1]}, HasId), ([], Literal["up"]),
    ("left", Literal["up", "down"]),
])
def test_what_does_not_fit_is_told(value: Any, kind: Any) -> None:
    with pytest.raises(InvalidData):
        fitted(value, kind)


def test_the_error_names_the_place() -> None:
    with pytest.raises(InvalidData, match="at is not a whole number"):
        fitted({"name": "a", "at": [1, "2"]}, HasId)


def test_deep_nesting_is_an_error_like_any_other() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_json("[" * 100_000)
