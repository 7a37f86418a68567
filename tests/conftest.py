"""Shared fixtures: an isolated home, an offscreen screen and the real data for trials."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Generator, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# small matrices: with more threads, numpy and torch wait for cores that other tests have, and torch
# is busy while it waits
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# Examples are not timed: a busy machine must not fail a test. They are the same ones each time, so
# that a failure is one of the change at hand; ``--hypothesis-profile=search`` looks for new ones.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("search"), derandomize=True,
                          max_examples=50)
settings.load_profile("same")

_PATIENCE = 30_000  # milliseconds
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among all that is imported: there is none, and it takes seconds."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Leave what the imports made out of all later collections: it stays to the end anyway, and of
    garbage there is hardly any. And look seldom through what has lived long: it took most of the
    time that collecting takes."""
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], 100)


def real_data(name: str) -> Path:
    """Folder of a real data set beside the project; the test skips visibly where it is absent."""
    if not (SHARED / name).is_dir():
        pytest.skip(f"the data set {name} is not on this machine")
    return SHARED / name


def shared_data(name: str) -> Path:
    """Folder of a real data set beside the project, or of a generated one in its layout.

    The test skips visibly where neither is there.
    """
    if (SHARED / name).is_dir():
        return SHARED / name
    from tests.support.stand_ins import stand_in

    return stand_in(name) or real_data(name)


@pytest.fixture
def data_set() -> Callable[[str], Path]:
    """Give a test :func:`shared_data`."""
    return shared_data


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders, still to be made, for the homes of all tests.

    They have a folder of their own: for each new folder, pytest looks through all those beside it.
    """
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def isolated_home(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, caches and weights of the person running the tests are never touched."""
    return _move_to(next(homes), monkeypatch)


@pytest.fixture(scope="module")
def home_of_all(homes: Iterator[Path]) -> Iterator[Path]:
    """The same for what all tests of a file share; each test has a home of its own all the same."""
    with pytest.MonkeyPatch.context() as patch:
        yield _move_to(next(homes), patch)


def _move_to(home: Path, patch: pytest.MonkeyPatch) -> Path:
    home.mkdir()
    patch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TORCH_HOME"):
        patch.setenv(name, str(home / name.lower()))
    return home


@pytest.fixture(scope="session", autouse=True)
def disk_is_not_waited_for() -> Iterator[None]:
    """What tests write need not outlast a power cut: a busy disk would take seconds for each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: None)
        yield


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """Wait longer than five seconds: what comes at once on a quiet machine may take its time on
    one that does other work as well."""
    for name in ("waitUntil", "waitSignal", "waitSignals", "waitExposed", "waitActive"):
        setattr(qtbot, name, partial(getattr(qtbot, name), timeout=_PATIENCE))
    return qtbot
