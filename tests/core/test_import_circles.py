"""No module imports itself through others, also not where only type checking sees it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMPORT = re.compile(r"^(    )?from (workbench[\w.]*) import (\([^)]*\)|.*)$|^if (TYPE_CHECKING):$"
                    r"|^(?=[^\s#)])", re.M)


def read_imports() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """What each module imports when it is imported, and what type checking sees besides."""
    files = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
             for path in (ROOT / "workbench").rglob("*.py")}
    running: dict[str, set[str]] = {}
    checked: dict[str, set[str]] = {}
    for module, path in files.items():
        running[module], checked[module] = set(), set()
        typing = False
        for indent, package, names, block in IMPORT.findall(path.read_text("utf-8")):
            if not indent:
                typing = bool(block)
            if package and (typing or not indent):
                for name in re.findall(r"\w+", re.sub(r" as \w+|#.*", "", names)):
                    full = f"{package}.{name}"
                    (checked if indent else running)[module].add(
                        full if full in files else package)
    return running, checked


def circles(imports: dict[str, set[str]]) -> list[set[str]]:
    """Sets of modules that import each other, also through others (Kosaraju's algorithm)."""
    back: dict[str, set[str]] = {module: set() for module in imports}
    for module, names in imports.items():
        for name in names & back.keys() - {module}:
            back[name].add(module)

    def reached(start: str, edges: dict[str, set[str]], seen: set[str]) -> list[str]:
        """What can be reached from ``start``, each after all that is reached from it."""
        order, stack = [], [(start, iter(edges[start]))]
        seen.add(start)
        while stack:
            rest = stack[-1][1]
            following = next((name for name in rest if name in edges and name not in seen), None)
            if following is None:
                order.append(stack.pop()[0])
            else:
                seen.add(following)
                stack.append((following, iter(edges[following])))
        return order

    seen: set[str] = set()
    order = [name for module in imports if module not in seen
             for name in reached(module, imports, seen)]
    seen = set()
    found = [set(reached(module, back, seen)) for module in reversed(order) if module not in seen]
    return [one for one in found if len(one) > 1]


def test_modules_do_not_import_each_other() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [{"a", "b", "c"}]
    running, checked = read_imports()
    assert len(running) > 500 and sum(map(len, checked.values())) > 100
    found = circles({module: running[module] | checked[module] for module in running})
    assert not found, f"modules that import each other, if only in annotations: {found}"
