"""What reading costs: nothing heavy is imported, and 5,000 boxes take no longer than a bare parse.

Ratios within one run, by processor time, so that a busy or slow machine does not matter.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from workbench.core.annotation import Annotation, LabeledBox
from workbench.formats.voc import new_voc, parse_voc, summarize_voc

IMPORTS = """
import sys
import workbench.formats.atomic, workbench.formats.image_info, workbench.formats.image_sets
import workbench.formats.toml_file, workbench.formats.voc
print(sorted({"numpy", "lxml", "PIL", "PySide6", "torch"} & set(sys.modules)))
"""


def test_nothing_heavy_is_imported_before_the_first_paint() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True,
                          check=True)
    assert done.stdout == "[]\n"


def cost(work: Callable[[], object], rounds: int = 7) -> float:
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def many(count: int) -> bytes:
    objects = tuple(
        LabeledBox(f"class {i % 7}", (float(i % 900), i % 500 + 0.0, i % 900 + 20.5, i % 500 + 9.0))
        for i in range(count)
    )
    return new_voc(Annotation(objects, (1280, 720)), image_path=Path("a.jpg"))


def test_five_thousand_boxes_cost_little_more_than_a_bare_parse() -> None:
    data = many(5000)
    bare = cost(lambda: ElementTree.fromstring(data))
    document = parse_voc(data)
    assert len(document.annotation.objects) == 5000
    objects = list(document.annotation.objects)
    objects[2500] = objects[2500].with_label("other")
    changed = replace(document.annotation, objects=tuple(objects))
    assert cost(lambda: parse_voc(data)) < 1.6 * bare
    assert cost(lambda: summarize_voc(data)) < 1.0 * bare
    assert cost(lambda: document.render(changed)) < 0.3 * bare


def test_cost_grows_with_the_number_of_boxes_and_not_faster() -> None:
    """Also where every object is odd and is told of."""
    def odd(count: int) -> bytes:
        item = ("<object><name>a</name><!-- x --><bndbox><xmin>9</xmin><ymin>9</ymin>"
                "<xmax>9</xmax><ymax>9</ymax></bndbox></object>\n")
        return f"<annotation>\n{item * count}</annotation>".encode()

    small, large = odd(300), odd(3000)
    assert len(parse_voc(large).problems) == 3001
    assert cost(lambda: parse_voc(large), 3) < 30 * cost(lambda: parse_voc(small), 5)


def test_objects_that_differ_only_in_extras_are_quick_too() -> None:
    extra = "<attribute><name>n</name><value>v</value></attribute>"
    items = "".join(
        f"<object><name>a</name><attributes>{extra * (i % 40)}</attributes>{'<part/>' * (i % 5)}"
        "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></object>"
        for i in range(1000)
    )
    data = f"<annotation>{items}</annotation>".encode()
    assert len(parse_voc(data).annotation.objects) == 1000
    assert cost(lambda: parse_voc(data)) < 2.0 * cost(lambda: ElementTree.fromstring(data))
