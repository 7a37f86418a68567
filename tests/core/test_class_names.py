"""What holds for the source as a whole."""

import ast
from collections import defaultdict
from pathlib import Path

import workbench

ROOT = Path(workbench.__file__).parent


def test_a_class_name_means_one_thing() -> None:
    where = defaultdict(list)
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.parse(path.read_bytes()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where[node.name].append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in where.items() if len(paths) > 1} == {}
