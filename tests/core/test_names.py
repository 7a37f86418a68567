"""Names that hold over all rooms: one class to a name, and no task named outside of its folder."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.extension.tasks import register_bundled, tasks

ROOT = Path(__file__).resolve().parents[2]
CLASS = re.compile(r"^ *class ([A-Za-z]\w*)[:(]", re.MULTILINE)


def compared_texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts that something is compared with, alone or among others, and their lines."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Compare, ast.MatchValue)):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield node.lineno, part.value


@pytest.mark.parametrize("line", [
    'if task == "one": pass', 'if "one" != recipe.task: pass', 'x = task in ("two", "one")',
    'match task:\n    case "one": pass'])
def test_a_comparison_is_found(line: str) -> None:
    assert "one" in [text for _, text in compared_texts(ast.parse(line))]


def test_nothing_outside_a_task_asks_which_task_it_is() -> None:
    register_bundled()
    known = {task.id for task in tasks}
    assert len(known) >= 3
    named = re.compile("|".join(f"[\"']{id}[\"']" for id in known))  # parsing all takes seconds
    found = [f"{path.relative_to(ROOT)}:{line}: {text}"
             for path in (ROOT / "workbench").rglob("*.py") if "tasks" not in path.parts
             if named.search(source := path.read_text("utf-8"))
             for line, text in compared_texts(ast.parse(source)) if text in known]
    assert found == []


def test_a_public_class_has_a_name_of_its_own() -> None:
    places = defaultdict(list)
    for path in (ROOT / "workbench").rglob("*.py"):
        for name in CLASS.findall(path.read_text("utf-8")):
            places[name].append(str(path.relative_to(ROOT)))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
