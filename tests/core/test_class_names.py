"""What holds for the source as a whole."""

import re
from collections import defaultdict
from pathlib import Path

import workbench

ROOT = Path(workbench.__file__).parent


def test_a_class_name_means_one_thing() -> None:
    where = defaultdict(list)
    for path in sorted(ROOT.rglob("*.py")):
        for name in re.findall(r"^class ([^_\W]\w*)", path.read_text("utf-8"), re.MULTILINE):
            where[name].append(str(path.relative_to(ROOT)))
    assert len(where) > 500
    assert {name: paths for name, paths in where.items() if len(paths) > 1} == {}
