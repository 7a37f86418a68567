"""What bundled code and plugins have registered."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from workbench.core.errors import UsageError

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


class Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=Named)


class Registry(Generic[T]):
    """Things by id, in the order they were registered; each can be removed again."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._items: dict[str, T] = {}
        self._later: list[str] = []

    def register(self, item: T) -> T:
        """Add ``item``; a second one of the same id is refused with ``ValueError``."""
        self._load()
        if item.id in self._items:
            raise ValueError(f"there are two of the {self._what} “{item.id}”")
        self._items[item.id] = item
        return item

    def register_later(self, reference: str) -> None:
        """Add the items that ``"package.module:name"`` lists, when somebody first asks."""
        self._later.append(reference)

    def _load(self) -> None:
        while self._later:
            for item in load(self._later.pop(0)):
                self.register(item)

    def unregister(self, id: str) -> None:
        self._items.pop(id, None)

    def ids(self) -> frozenset[str]:
        """What is registered now."""
        self._load()
        return frozenset(self._items)

    def keep_only(self, ids: frozenset[str]) -> None:
        """Take everything but ``ids`` away again."""
        self._later.clear()
        self._items = {id: item for id, item in self._items.items() if id in ids}

    def get(self, id: str) -> T:
        """Return the item called ``id``.

        Raises
        ------
        UsageError
            If there is none; the sentence lists what there is.
        """
        self._load()
        if id not in self._items:
            known = ", ".join(self._items)
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


recipes: Registry[Recipe] = Registry("recipe")
"""All recipes. Filled by :func:`workbench.extension.plugins.load_plugins`."""
