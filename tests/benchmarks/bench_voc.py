"""Reading, summarizing and patching VOC files, beside a bare parse by the standard library."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from common import quantiles, voc

from workbench.formats.voc import parse_voc, summarize_voc

ROUNDS = 15


def measure(folder: Path) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for count in (10, 5_000):
        data = voc("a.jpg", 1280, 720, count).encode()
        document = parse_voc(data)
        objects = list(document.annotation.objects)
        objects[count // 2] = objects[count // 2].with_label("other")
        changed = replace(document.annotation, objects=tuple(objects))
        work: dict[str, Callable[[], object]] = {
            "bare_parse": lambda data=data: ElementTree.fromstring(data),
            "parse": lambda data=data: parse_voc(data),
            "summarize": lambda data=data: summarize_voc(data),
            "render_one_change": lambda document=document, changed=changed:
                document.render(changed),
        }
        result[str(count)] = {name: quantiles([_seconds(call) for _ in range(ROUNDS)])
                              for name, call in work.items()}
    return result


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
