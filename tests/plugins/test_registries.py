"""Registries: what is registered is listed without importing it, and tasks are open."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workbench.core.errors import UsageError
from workbench.extension.plugins import load_plugins
from workbench.extension.registry import Registry, load, register_later
from workbench.extension.shell import ShellTask
from workbench.extension.tasks import Task, tasks
from workbench.extension.window import WindowTask

ONE = Task("one", "One", "images", "image", "nowhere:TASK")
MORE = (ONE._replace(id="two"), ONE._replace(id="three"))


def test_items_named_by_reference_are_loaded_when_somebody_asks() -> None:
    registry: Registry[Task] = Registry("trial")
    register_later("trial", f"{__name__}:MORE")
    registry.register(ONE)
    assert [item.id for item in registry] == ["two", "three", "one"]
    with pytest.raises(ValueError, match="two of the trial “one”"):
        registry.register(ONE)
    with pytest.raises(UsageError, match="no trial “four”; there are: two, three, one"):
        registry.get("four")
    registry.keep_only(frozenset({"two"}))
    assert registry.ids() == {"two"} and "one" not in registry and len(registry) == 1


GATE = threading.Event()
"""What a module waits for that two threads import."""


def test_who_asks_while_another_thread_imports_gets_all(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_items.py").write_text(
        f"from {__name__} import GATE, MORE\nGATE.wait(60)\nITEMS = MORE\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    registry: Registry[Task] = Registry("slow trial")
    register_later("slow trial", "slow_items:ITEMS")
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(registry.ids)]
        while "slow_items" not in sys.modules:
            assert not asked[0].done()
        asked.append(pool.submit(registry.ids))
        with pytest.raises(TimeoutError):
            asked[1].result(0.2)
        GATE.set()
        assert [one.result(60) for one in asked] == [{"two", "three"}] * 2
    monkeypatch.delitem(sys.modules, "slow_items")


def test_a_reference_names_a_thing_in_a_module() -> None:
    assert load("workbench.extension.tasks:Task") is Task
    with pytest.raises(ImportError):
        load("workbench.nowhere:Task")


def test_bundled_tasks_are_listed_without_their_parts() -> None:
    code = ("import sys; from workbench.extension.tasks import register_bundled, tasks; "
            "register_bundled(); "
            "print([task.id for task in tasks], sorted(name for name in sys.modules if "
            "name.startswith(('torch', 'PySide6', 'numpy', 'workbench.tasks.'))"
            " or name in ('workbench.core.schema', 'workbench.extension.recipe')))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (
        "['detection', 'image-classification', 'semantic-segmentation', 'anomaly-detection', "
        "'audio-classification', 'sound-detection'] ['workbench.tasks.anomaly', "
        "'workbench.tasks.anomaly.kind', "
        "'workbench.tasks.detection', 'workbench.tasks.detection.kind', "
        "'workbench.tasks.image_classification', 'workbench.tasks.image_classification.kind', "
        "'workbench.tasks.segmentation', 'workbench.tasks.segmentation.kind', "
        "'workbench.tasks.sound_classification', "
        "'workbench.tasks.sound_classification.kind', 'workbench.tasks.sound_detection', "
        "'workbench.tasks.sound_detection.kind']")


def test_every_bundled_task_has_all_its_parts() -> None:
    load_plugins()
    bundled = [task for task in tasks if task.engine.startswith("workbench.tasks.")]
    assert len(bundled) >= 4
    for task in bundled:
        assert load(task.engine).id == task.id
        assert isinstance(load(task.shell), ShellTask) and isinstance(load(task.window), WindowTask)
        demo = load(task.shell).demo
        assert not demo or load(demo).generator
