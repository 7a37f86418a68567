"""Plain data, as JSON holds it, read and checked against types before anybody uses it.

Whatever lies on a disk may have been damaged, edited by hand or made to harm. A reader that says
what it expects as a type gets exactly that, or one error that names the place.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

JSON = dict[str, Any]
"""An object of JSON."""
_LARGEST = 1 << 63
Fit = Callable[[Any, str], Any]


class InvalidData(ValueError):
    """Data that is not what was expected; the text says where and what ("epoch is no number")."""


def parse_json(text: str | bytes) -> Any:
    """Read JSON.

    Raises
    ------
    ValueError
        If it is none, also for text that is nested too deeply.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise InvalidData("it is nested too deeply") from None


def json_text(value: Any, indent: int | None = None) -> str:
    """Write ``value`` as JSON, with null for a number that is not finite."""
    return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, indent=indent)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def fitted(value: Any, kind: Any, where: str = "it") -> Any:
    """Return ``value`` as ``kind``.

    Parameters
    ----------
    kind
        A type built of bool, int, float, str, None, Any, list, tuple, dict (keys are texts),
        literals, unions, dataclasses and TypedDicts; of Annotated, what it is annotated with.
        Unknown keys of dataclasses are dropped, those of TypedDicts kept. A whole number is a
        float, too; where only a float can be, null is NaN, as
        :func:`workbench.jobs.protocol.encode` writes it.
    where
        Names the value in the error.

    Raises
    ------
    InvalidData
        If it is something else, or a number that nobody can count with.
    """
    return _fit(kind)(value, where)


@cache
def _fit(kind: Any) -> Fit:
    """The function that checks for ``kind``; made once, as events come by the 100,000."""
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _any_of(parts)
    if origin is NotRequired:
        return _fit(parts[0])
    if origin is Annotated:
        return _fit(parts[1])
    if origin is Literal:
        return _one_of(parts)
    if origin is list:
        return _list_of(_fit(parts[0]))
    if origin in (dict, Mapping):
        return _dict_of(_fit(parts[1]))
    if origin is tuple:
        return _tuple_of(parts)
    if is_typeddict(kind):
        return _typed_dict(kind)
    if is_dataclass(kind):
        return _dataclass(kind)
    raise TypeError(f"no data is checked against {kind}")


def _text(value: Any, where: str) -> Any:
    if type(value) is not str:
        raise InvalidData(f"{where} is not a text")
    return value


def _flag(value: Any, where: str) -> Any:
    if type(value) is not bool:
        raise InvalidData(f"{where} is neither true nor false")
    return value


def _whole(value: Any, where: str) -> Any:
    if type(value) is not int or not -_LARGEST < value < _LARGEST:
        raise InvalidData(f"{where} is not a whole number")
    return value


def _real(value: Any, where: str) -> Any:
    if value is None:
        return math.nan
    if type(value) is int and -_LARGEST < value < _LARGEST:
        return float(value)
    if type(value) is not float:
        raise InvalidData(f"{where} is not a number")
    return value


def _nothing(value: Any, where: str) -> Any:
    if value is not None:
        raise InvalidData(f"{where} should be empty")
    return value


_SIMPLE: dict[Any, Fit] = {
    str: _text, bool: _flag, int: _whole, float: _real, NoneType: _nothing,
    Any: lambda value, where: value, object: lambda value, where: value,
}


def _any_of(kinds: tuple[Any, ...]) -> Fit:
    # A float last, because it takes whole numbers, too.
    fits = [_fit(kind) for kind in sorted(kinds, key=lambda kind: kind is float)]
    optional = NoneType in kinds

    def fit(value: Any, where: str) -> Any:
        if value is None:
            if optional:
                return None  # also where a float could be
            raise InvalidData(f"{where} is empty")
        misfit = InvalidData(f"{where} is of no known kind")
        for one in fits:
            try:
                return one(value, where)
            except InvalidData as error:
                misfit = error
        raise misfit

    return fit


def _one_of(words: tuple[Any, ...]) -> Fit:
    def fit(value: Any, where: str) -> Any:
        if not isinstance(value, str) or value not in words:
            raise InvalidData(f"{where} is none of {', '.join(words)}")
        return value

    return fit


def _list_of(item: Fit) -> Fit:
    def fit(value: Any, where: str) -> Any:
        if not isinstance(value, list | tuple):
            raise InvalidData(f"{where} is not a list")
        return [item(each, where) for each in value]

    return fit


def _tuple_of(kinds: tuple[Any, ...]) -> Fit:
    if kinds[1:] == (...,):
        items = _list_of(_fit(kinds[0]))
        return lambda value, where: tuple(items(value, where))
    fits = [_fit(kind) for kind in kinds]

    def fit(value: Any, where: str) -> Any:
        if not isinstance(value, list | tuple) or len(value) != len(fits):
            raise InvalidData(f"{where} is not a list of {len(fits)}")
        return tuple(one(each, where) for one, each in zip(fits, value, strict=True))

    return fit


def _dict_of(item: Fit) -> Fit:
    def fit(value: Any, where: str) -> Any:
        return {key: item(each, key) for key, each in _mapping(value, where).items()}

    return fit


def _typed_dict(kind: Any) -> Fit:
    hints = get_type_hints(kind, include_extras=True)
    fits = {name: _fit(hint) for name, hint in hints.items()}
    # Not its __required_keys__: where annotations are texts, those know no NotRequired.
    needed = {name for name, hint in hints.items()
              if kind.__total__ and get_origin(hint) is not NotRequired}

    def fit(value: Any, where: str) -> Any:
        data = _mapping(value, where)
        missing = needed - data.keys()
        if missing:
            raise InvalidData(f"{where} has no “{min(missing)}”")
        return {key: fits[key](each, key) if key in fits else each for key, each in data.items()}

    return fit


def _dataclass(kind: Any) -> Fit:
    hints = get_type_hints(kind, include_extras=True)
    fits = {item.name: _fit(hints[item.name]) for item in fields(kind)}

    def fit(value: Any, where: str) -> Any:
        data = _mapping(value, where)
        known = {key: fits[key](each, key) for key, each in data.items() if key in fits}
        try:
            return kind(**known)
        except TypeError as error:  # something that it needs is not there
            raise InvalidData(f"{where} is incomplete ({error})") from error

    return fit


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidData(f"{where} does not hold named values")
    return value
