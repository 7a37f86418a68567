"""Tables of labels are read as people write them, and only what is changed changes."""

from __future__ import annotations

import pytest

from workbench.core.errors import FormatError
from workbench.formats.label_table import LabelTable

PLAIN = b"file,label\na.png,cat\nb.png,dog\n"


def read(data: bytes) -> dict[str, str]:
    return {row.file: row.label for row in LabelTable.parse(data).rows}


@pytest.mark.parametrize("data", [
    PLAIN,
    PLAIN.replace(b",", b";"),
    PLAIN.replace(b",", b"\t").replace(b"\n", b"\r\n"),
    b"\xef\xbb\xbf" + PLAIN,
    PLAIN.decode().encode("utf-16"),
    b"id,Filename,note,Class\n1,a.png,x,cat\n2,b.png,,dog\n",
    b"file,label\n\na.png, cat \nb.png,dog",
    b'file,label\n"a.png","cat"\n"b.png",dog\n',
    b"\xef\xbb\xbfsep=;\r\nfile;label;a,b,c\r\na.png;cat;\r\nb.png;dog;\r\n",
    b'\n \r\nfile, label\n"a.png", "cat"\nb.png, "dog"\n',
], ids=["plain", "semicolons", "tabs", "marked", "utf-16", "columns", "blank lines", "quotes",
        "sep", "spaces"])
def test_it_is_read(data: bytes) -> None:
    assert read(data) == {"a.png": "cat", "b.png": "dog"}


def test_letters_that_windows_writes() -> None:
    assert read("file,label\na.png,café\n".encode("cp1252")) == {"a.png": "café"}


@pytest.mark.parametrize("data", [
    b"", b"a,b\n1,2\n", b"filename,class,xmin,ymin,xmax,ymax\na.png,cat,1,1,5,5\n",
    b"file\na.png\n",
], ids=["empty", "no columns", "boxes", "no label"])
def test_what_is_no_such_table_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match="file"):
        LabelTable.parse(data)


def test_a_change_touches_its_row_only() -> None:
    old = b'id;file;label;"a ""note"""\r\n1;a.png;cat;"two\r\nlines"\r\n 2 ;b.png;dog;\r\n'
    new = LabelTable.parse(old).render({"b.png": "cow"})
    assert new == b'id;file;label;"a ""note"""\r\n1;a.png;cat;"two\r\nlines"\r\n 2 ;b.png;cow;\r\n'
    assert LabelTable.parse(old).render({}) == old
    spaced = b'\nfile, label\na.png, "cat, black"\n "b.png","dog"\n'
    assert LabelTable.parse(spaced).render({"b.png": "cow"}) == (
        b'\nfile, label\na.png, "cat, black"\nb.png,cow\n')


def test_the_line_of_excel_about_the_delimiter_stays() -> None:
    old = b"sep=;\r\nfile;label\r\na.png;cat\r\n"
    table = LabelTable.parse(old)
    assert table.rows[0].line == 3
    assert table.render({"a.png": "cow", "b.png": "dog"}) == (
        b"sep=;\r\nfile;label\r\na.png;cow\r\nb.png;dog\r\n")


def test_new_files_come_last_in_as_many_columns() -> None:
    old = b"id,file,label,by\n1,a.png,cat,ann"
    assert LabelTable.parse(old).render({"c.png": "a, b"}) == (
        b'id,file,label,by\n1,a.png,cat,ann\n,c.png,"a, b",\n')
    assert LabelTable.new().render({"a.png": "cat"}) == b"file,label\na.png,cat\n"


def test_a_class_that_the_encoding_cannot_write_makes_it_utf8() -> None:
    old = "file,label\na.png,café\n".encode("cp1252")
    assert read(LabelTable.parse(old).render({"b.png": "猫"})) == {"a.png": "café", "b.png": "猫"}


def test_utf16_stays_utf16() -> None:
    new = LabelTable.parse(PLAIN.decode().encode("utf-16")).render({"a.png": "cow"})
    assert new.decode("utf-16").splitlines()[1] == "a.png,cow"
