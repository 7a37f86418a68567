"""A project file keeps what a person wrote into it."""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import FormatError, WorkbenchError
from workbench.formats.toml_file import (
    format_toml,
    parse_toml,
    patch_toml,
    read_toml_text,
)

TEXT = """\
# The kangaroo project.
name = "old"   # shown in the title
'classes' = [  # in a fixed order
  "a", # first
  "b",
]
since = 1979-05-27T07:32:00Z

[colors] # chosen by hand
a = "#ffffff"
"b c" = "#000000"

[tool.mine]
deep = {q = 1, r = "}]#"}
text = '''
[not a table]
x = 1
'''

  [training]
  epochs = 3 # few
"""

keys = st.text(max_size=6) | st.sampled_from(
    ["name", "a", "b c", "x.y", "ä", '"', "colors", "tool", "mine"]
)
texts = st.text(max_size=12)
plain = (
    st.booleans() | st.integers(-(2**62), 2**62) | texts
    | st.floats(allow_nan=False, allow_infinity=True)
)
values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
tables = st.dictionaries(keys, values, max_size=5)


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    result = dict(old)
    for key, value in new.items():
        below = result.get(key)
        if isinstance(value, dict):
            result[key] = merged(below if isinstance(below, dict) else {}, value)
        else:
            result[key] = value
    return result


@settings(max_examples=40, deadline=None)
@given(tables)
def test_anything_written_reads_back(data: dict[str, Any]) -> None:
    assert tomllib.loads(format_toml(data)) == data
    assert tomllib.loads(patch_toml("", data)) == data


@settings(max_examples=40, deadline=None)
@given(tables, tables)
def test_patching_merges(old: dict[str, Any], new: dict[str, Any]) -> None:
    text = patch_toml(format_toml(old), new)
    assert tomllib.loads(text) == merged(old, new)
    assert patch_toml(text, new) == text


@settings(max_examples=30, deadline=None)
@given(tables)
def test_patching_a_rich_file_merges_too(new: dict[str, Any]) -> None:
    assert tomllib.loads(patch_toml(TEXT, new)) == merged(tomllib.loads(TEXT), new)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_only_changed_lines_change(newline: str) -> None:
    text = TEXT.replace("\n", newline)
    patched = patch_toml(
        text,
        {"name": "new", "colors": {"a": "#123456", "c": "#abcdef"}, "training": {"epochs": 3}},
    )
    expected = (
        text.replace('"old"', '"new"')
        .replace('"#ffffff"', '"#123456"')
        .replace('"#000000"' + newline, '"#000000"' + newline + 'c = "#abcdef"' + newline)
    )
    assert patched == expected


def test_nothing_changed_is_the_same_text() -> None:
    assert patch_toml(TEXT, tomllib.loads(TEXT)) == TEXT
    assert patch_toml(TEXT, {}) == TEXT


def test_a_list_grows_and_what_stands_around_it_stays() -> None:
    patched = patch_toml(TEXT, {"classes": ["a", "b", "c"]})
    assert tomllib.loads(patched)["classes"] == ["a", "b", "c"]
    assert patched.startswith('# The kangaroo project.\nname = "old"   # shown in the title\n')
    assert patched.endswith(TEXT[TEXT.index("since"):])


def test_new_keys_and_tables_find_their_place() -> None:
    patched = patch_toml(
        TEXT, {"task": "detection", "tool": {"mine": {"more": 1}, "other": {"k": True}},
               "last": {"empty": {}}},
    )
    assert 'since = 1979-05-27T07:32:00Z\ntask = "detection"\n\n[colors]' in patched
    assert "x = 1\n'''\nmore = 1\n" in patched
    assert patched.count("[tool.mine]") == 1
    assert "\n\n[tool.other]\nk = true\n" in patched
    assert "\n\n[last.empty]\n" in patched
    data = tomllib.loads(patched)
    assert data["tool"]["other"] == {"k": True} and data["last"] == {"empty": {}}


def test_none_removes_a_key_and_a_table() -> None:
    patched = patch_toml(TEXT, {"name": None, "colors": {"a": None}, "tool": None, "absent": None})
    data = tomllib.loads(patched)
    assert set(data) == {"classes", "since", "colors", "training"}
    assert data["colors"] == {"b c": "#000000"}
    assert "# chosen by hand" in patched and "# few" in patched


def test_a_whole_table_loses_what_is_not_named() -> None:
    patched = patch_toml(TEXT, {"colors": {"a": "#ffffff"}}, whole=["colors"])
    assert patched == TEXT.replace('"b c" = "#000000"\n', "")
    emptied = patch_toml(TEXT, {"colors": {}}, whole=["colors"])
    assert tomllib.loads(emptied)["colors"] == {}


def test_layouts_that_cannot_be_patched_keep_their_values() -> None:
    text = "[[run]]\nid = 1\n[[run]]\nid = 2\n[a]\nb.c = 1\nd = {e = 1}\n"
    patched = patch_toml(text, {"name": "x", "a": {"b": {"c": 2}, "d": {"f": 2}}})
    assert tomllib.loads(patched) == {
        "name": "x", "run": [{"id": 1}, {"id": 2}], "a": {"b": {"c": 2}, "d": {"e": 1, "f": 2}},
    }


def test_a_first_project_file_looks_like_one_written_by_hand() -> None:
    text = patch_toml("", {"name": "demo", "classes": ["a"], "colors": {"a": "#fff"}, "x": {}})
    assert text == (
        'name = "demo"\nclasses = ["a"]\n\n[colors]\na = "#fff"\n\n[x]\n'
    )


def test_long_lists_stand_one_item_a_line() -> None:
    names = [f"a rather long class name {i}" for i in range(5)]
    text = patch_toml("", {"classes": names})
    assert text.count("\n") == 7 and tomllib.loads(text) == {"classes": names}


@pytest.mark.parametrize("text", ["# mine\n[x]\ny = 1 # y\n",
                                  "# mine\n[colors]\nred = \"#ff0000\" # red\n\n[x]\ny = 1\n"])
def test_twice_as_many_rows_of_a_table_take_twice_the_work(text: str) -> None:
    work: Counter[int] = Counter()
    for rows in (300, 600):
        colors = {"red": "#ff0000", **{f"class {row}": "#000000" for row in range(rows)}}
        before = sys.getprofile()
        sys.setprofile(lambda *_, rows=rows: work.update((rows,)))
        try:
            patched = patch_toml(text, {"colors": colors})
        finally:
            sys.setprofile(before)
        assert parse_toml(patched) == {"colors": colors, "x": {"y": 1}}
        assert all(line in patched for line in text.splitlines())
        assert patched.count("\n\n") == 1  # the rows are together
    assert work[600] < 2.5 * work[300]


def test_failures_are_told(tmp_path: Path) -> None:
    path = tmp_path / "workbench.toml"
    with pytest.raises(WorkbenchError, match="the file is not there"):
        read_toml_text(path)
    with pytest.raises(FormatError, match=r"workbench\.toml: line 2, it is not TOML") as caught:
        parse_toml("a = 1\nb = \n", path)
    assert caught.value.kept == "The file was left as it is."
    path.write_bytes(b"a = 1\nb = '\xff'\n")
    with pytest.raises(FormatError, match="line 2, the text is not UTF-8"):
        read_toml_text(path)


def test_a_broken_file_is_not_patched() -> None:
    with pytest.raises(FormatError):
        patch_toml("name = ", {"name": "x"})


def test_a_byte_order_mark_stays() -> None:
    assert patch_toml('\ufeffname = "a"\n', {"name": "b"}) == '\ufeffname = "b"\n'


def test_what_is_nested_too_deeply_is_neither_read_nor_written() -> None:
    for depth in range(100, 420, 40):  # somewhere there the stack ends, of one library first
        text = "a = " + "[" * depth + "]" * depth + "\n"
        try:
            assert parse_toml(patch_toml(text, {"b": 1})) == {**parse_toml(text), "b": 1}
        except FormatError as error:
            assert error.kept == "The file was left as it is."
    with pytest.raises(FormatError, match="nested too deeply"):
        patch_toml("a = " + "[" * 2000 + "]" * 2000, {"b": 1})


def test_what_toml_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        format_toml({"a": object()})
    with pytest.raises(WorkbenchError, match="cannot be written as UTF-8"):
        format_toml({"a": "\ud800"})
