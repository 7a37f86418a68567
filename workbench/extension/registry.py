"""What bundled code and plugins have registered."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

from workbench.core.errors import UsageError
from workbench.core.signal import Signal

if TYPE_CHECKING:
    from workbench.extension.recipe import Recipe


def load(reference: str) -> Any:
    """The object that ``"package.module:name"`` names; its module is imported by this.

    Raises
    ------
    ImportError, AttributeError
        If there is none.
    """
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)


_later: dict[str, list[str]] = {}
_loading = threading.local()
"""By what they hold, the references that this thread is importing."""
_adding = threading.Lock()
"""Held while items are added, never while something is imported."""


def register_later(what: str, reference: str) -> None:
    """Add the items that ``"package.module:NAME"`` lists to the registry of ``what`` ("recipe"),
    when somebody first asks for them; neither their module nor the registry's is imported."""
    _later.setdefault(what, []).append(reference)


class HasId(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=HasId)


class Registry(Generic[T]):
    """Things by id, in the order they were registered; each can be removed again."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._items: dict[str, T] = {}

    def register(self, item: T) -> T:
        """Add ``item``; a second one of the same id is refused with ``ValueError``."""
        self._load()
        self._add(item)
        return item

    def _load(self) -> None:
        """Take in what was named for later. Threads that ask meanwhile wait until it is there: each
        imports it, which Python does once, and the first one adds it."""
        mine: set[str] = _loading.__dict__.setdefault(self._what, set())
        for reference in list(_later.get(self._what, ())):
            if reference in mine:
                continue  # its module asks for others while it is imported
            mine.add(reference)
            try:
                items = load(reference)
            except BaseException:
                self._taken(reference)
                raise
            finally:
                mine.discard(reference)
            with _adding:
                if reference in _later.get(self._what, ()):
                    try:
                        for item in items:
                            self._add(item)
                    finally:
                        self._taken(reference)

    def _taken(self, reference: str) -> None:
        later = _later.get(self._what, [])
        if reference in later:
            later.remove(reference)

    def _add(self, item: T) -> None:
        if item.id in self._items:
            raise ValueError(f"there are two of the {self._what} “{item.id}”")
        self._items[item.id] = item

    def unregister(self, id: str) -> None:
        self._items.pop(id, None)

    def ids(self) -> frozenset[str]:
        """What is registered now."""
        self._load()
        return frozenset(self._items)

    def keep_only(self, ids: frozenset[str]) -> None:
        """Take everything but ``ids`` away again."""
        _later.pop(self._what, None)
        self._items = {id: item for id, item in self._items.items() if id in ids}

    def get(self, id: str, others: Iterable[str] = ()) -> T:
        """Return the item called ``id``.

        Raises
        ------
        UsageError
            If there is none; the sentence lists what there is, and the ``others`` that could have
            been meant.
        """
        self._load()
        if id not in self._items:
            known = ", ".join((*self._items, *others))
            raise UsageError(f"there is no {self._what} “{id}”; there are: {known}")
        return self._items[id]

    def __iter__(self) -> Iterator[T]:
        self._load()
        return iter(list(self._items.values()))

    def __contains__(self, id: object) -> bool:
        self._load()
        return id in self._items

    def __len__(self) -> int:
        self._load()
        return len(self._items)


class Choices(Sequence[tuple[str, str]]):
    """What a registry of things with a title holds, as (id, title) for a field of a schema."""

    def __init__(self, registry: Registry[Any]) -> None:
        self._registry = registry

    def __len__(self) -> int:
        return len(self._registry)

    @overload
    def __getitem__(self, index: int) -> tuple[str, str]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[str, str]]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return [(item.id, item.title) for item in self._registry][index]


loaded: Signal[()] = Signal()
"""Emitted when all plugins have been loaded."""

recipes: Registry[Recipe] = Registry("recipe")
"""All recipes. Filled by :func:`workbench.extension.plugins.load_plugins`."""


def is_fitted(recipe: object) -> bool:
    """Whether the recipe with this id is fitted at once, see :attr:`Recipe.fitted`."""
    return isinstance(recipe, str) and recipe in recipes and recipes.get(recipe).fitted
