"""What is clear is read, what is odd is listed, and what is broken is told with its line."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.core.errors import FormatError, WorkbenchError
from workbench.formats.voc import VocConvention, parse_voc, read_voc, summarize_voc

HEAD = "<annotation>\n\t<size><width>100</width><height>80</height><depth>3</depth></size>\n"
BOX = "<bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox>"


def box(*corners: object) -> str:
    return BOX.format(*corners)


def one(inside: str) -> bytes:
    return f"{HEAD}\t<object>{inside}</object>\n</annotation>\n".encode()


def kinds(data: bytes) -> Counter[str]:
    return Counter(problem.kind for problem in parse_voc(data).problems)


@pytest.mark.parametrize(
    ("flag", "value", "kind"),
    [
        ("<difficult>0</difficult>", False, ""),
        ("<difficult>1</difficult>", True, ""),
        ("<difficult> 1\n</difficult>", True, ""),
        ("<difficult>yes</difficult>", True, ""),
        ("<difficult>No</difficult>", False, ""),
        ("<difficult>True</difficult>", True, ""),
        ("<difficult>1.0</difficult>", True, ""),
        ("<difficult><!-- sure -->1</difficult>", True, ""),
        ("<difficult><![CDATA[1]]></difficult>", True, ""),
        ("<difficult>&#49;</difficult>", True, ""),
        ("", False, ""),
        ("<difficult/>", False, "empty-difficult"),
        ("<difficult />", False, "empty-difficult"),
        ("<difficult></difficult>", False, "empty-difficult"),
        ("<difficult>Unspecified</difficult>", False, "empty-difficult"),
        ("<difficult>maybe</difficult>", False, "unclear-flag"),
        ("<difficult><b>1</b></difficult>", False, "unclear-flag"),
        ("<truncated>perhaps</truncated>", False, "unclear-flag"),
    ],
)
def test_flags(flag: str, value: bool, kind: str) -> None:
    data = one(f"<name>a</name>{flag}{box(1, 2, 3, 4)}")
    document = parse_voc(data)
    assert document.annotation.objects[0].difficult is value
    assert [problem.kind for problem in document.problems] == ([kind] if kind else [])
    assert document.render(document.annotation) == data


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12.0), (" 12 ", 12.0), ("12.50", 12.5), ("-3", -3.0), ("+4", 4.0), ("1e1", 10.0),
     ("\n7\t", 7.0), (".5", 0.5), ("5.", 5.0), ("<![CDATA[8]]>", 8.0), ("&#57;", 9.0),
     ("0012", 12.0), ("1<!-- x -->2", 12.0)],
)
def test_numbers(text: str, value: float) -> None:
    data = one(f"<name>a</name>{box(text, 2, 50, 60)}")
    document = parse_voc(data)
    assert document.annotation.objects[0].box == (value, 2.0, 50.0, 60.0)
    assert document.render(document.annotation) == data


@pytest.mark.parametrize(
    ("corners", "expected"),
    [
        ((0, 0, 100, 80), {}),
        ((5, 5, 5, 20), {"zero-size-box": 1}),
        ((5, 20, 10, 20), {"zero-size-box": 1}),
        ((30, 5, 10, 20), {"swapped-box": 1}),
        ((-1, 5, 10, 20), {"box-out-of-bounds": 1}),
        ((1, 5, 101, 20), {"box-out-of-bounds": 1}),
        ((1, 5, 10, 81), {"box-out-of-bounds": 1}),
        ((300, 5, 10, 20), {"swapped-box": 1, "box-out-of-bounds": 1}),
        ((1.5, 5, 10, 20), {"float-coordinates": 1}),
    ],
)
def test_odd_boxes_are_listed_and_kept(
    corners: tuple[float, ...], expected: dict[str, int]
) -> None:
    data = one(f"<name>a</name>{box(*corners)}")
    document = parse_voc(data, path=Path("some") / "a.xml")
    assert document.annotation.objects[0].box == corners
    assert Counter(problem.kind for problem in document.problems) == expected
    for problem in document.problems:
        assert problem.severity == "warning" and problem.line == 3
        assert problem.path == str(Path("some") / "a.xml")
        assert problem.reason and "Error" not in problem.reason
    assert document.render(document.annotation) == data


def test_bounds_in_files_that_count_from_one() -> None:
    data = one(f"<name>a</name>{box(1, 1, 100, 80)}")
    document = parse_voc(data, VocConvention.ONE_BASED)
    assert document.annotation.objects[0].box == (0, 0, 100, 80)
    assert document.problems == ()
    pixel = parse_voc(one(f"<name>a</name>{box(5, 5, 5, 5)}"), VocConvention.ONE_BASED)
    assert pixel.annotation.objects[0].width == 1 and pixel.problems == ()
    zero = parse_voc(one(f"<name>a</name>{box(0, 1, 5, 5)}"), VocConvention.ONE_BASED)
    assert [problem.kind for problem in zero.problems] == ["box-out-of-bounds"]


def test_conventions_are_named_as_in_the_project_file() -> None:
    assert VocConvention("as-is") is VocConvention.AS_IS
    assert VocConvention("voc-1-based") is VocConvention.ONE_BASED


def test_a_kind_that_fills_a_file_is_told_once_with_its_count() -> None:
    items = "".join(f"\t<object><name>a</name><difficult/>{box(1.5, 2, 3, 4 + n)}</object>\n"
                    for n in range(30))
    document = parse_voc(f"{HEAD}{items}</annotation>".encode())
    assert [(p.kind, p.line) for p in document.problems] == [
        ("float-coordinates", 3), ("empty-difficult", 3),
    ]
    assert all("30 objects" in p.reason for p in document.problems)


@pytest.mark.parametrize(
    ("size", "expected", "kind"),
    [
        ("<size><width>7</width><height>5</height></size>", (7, 5), ""),
        ("<size><height>5</height><depth>3</depth><width> 7 </width></size>", (7, 5), ""),
        ("<size><width>7.0</width><height>5</height></size>", (7, 5), ""),
        ("", None, "missing-size"),
        ("<size/>", None, "unclear-size"),
        ("<size><width>7</width></size>", None, "unclear-size"),
        ("<size><width>0</width><height>0</height></size>", None, "unclear-size"),
        ("<size><width>wide</width><height>nan</height></size>", None, "unclear-size"),
        ("<owner><size><width>9</width><height>9</height></size></owner>", None, "missing-size"),
    ],
)
def test_size(size: str, expected: tuple[int, int] | None, kind: str) -> None:
    data = f"<annotation>{size}</annotation>".encode()
    document = parse_voc(data)
    assert document.annotation.size == expected
    assert [problem.kind for problem in document.problems] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("head", "verified"),
    [("", False), (' verified="yes"', True), (" verified='yes'", True), (' verified="no"', False),
     (' verified = "Yes"', True), (' a="1" verified="yes" b="2"', True), (' verified=""', False),
     (" note=\"verified='yes'\"", False)],
)
def test_verified(head: str, verified: bool) -> None:
    data = f"<annotation{head}></annotation>".encode()
    assert parse_voc(data).annotation.verified is verified
    assert summarize_voc(data)[:2] == (Counter(), verified)


def test_a_rotated_box_that_cannot_be_read_is_left_alone_and_listed() -> None:
    rotated = ("<object><type>robndbox</type><name>ship</name><robndbox><cx>1</cx><cy>2</cy>"
               "<w>3</w><h>wide</h><angle>0.5</angle></robndbox></object>")
    plain = f"<object><type>bndbox</type><name>ship</name>{box(1, 2, 3, 4)}</object>"
    data = f"{HEAD}{rotated}\n{plain}\n</annotation>".encode()
    document = parse_voc(data)
    (item,) = document.annotation.objects
    assert item.source == 1
    assert [(p.kind, p.line) for p in document.problems] == [("rotated-box", 3)]
    changed = document.render(
        type(document.annotation)((item.with_label("boat"),), size=document.annotation.size)
    )
    before, after = (b"<type>bndbox</type><name>" + name for name in (b"ship", b"boat"))
    assert changed == data.replace(before, after)
    assert summarize_voc(data)[0] == {"ship": 1}


def test_names_inside_parts_are_not_objects() -> None:
    part = f"<part><name>head</name>{box(9, 9, 9, 9)}</part>"
    data = one(f"{part}<name>man</name>{box(1, 2, 3, 4)}{part}")
    (item,) = parse_voc(data).annotation.objects
    assert item.label == "man" and item.box == (1, 2, 3, 4)


BROKEN = [
    (b"", None, "the file is empty"),
    (b" \r\n\t", None, "the file is empty"),
    (b"\0\0\0\0", None, "the file is empty"),
    (b"hello", 1, "it is not XML"),
    (b"{\"shapes\": []}", 1, "it is not"),
    (b"\x89PNG\r\n\x1a\n\0\0", 1, "the text is not UTF-8"),
    (b"<annotation>\n<object>\n", 3, "it is cut off"),
    (b"<annotation>\n<obj", 2, "it is cut off"),
    (b"\n<?xml version='1.0'?>\n<annotation/>", 2, "there is a blank line or a space before"),
    (b"<annotation>\n\n</anotation>", 3, "an element is closed that was never opened"),
    (b"<annotation/>\n<annotation/>", 2, "there is text after the end"),
    (b"<annotations>\n</annotations>", 1, "the outermost element is <annotations>"),
    (b"<!-- x -->\n<html/>", 2, "the outermost element is <html>"),
    (b"<annotation>\n&nbsp;</annotation>", 2, "it uses an unknown entity"),
    (b"<annotation>\n\x01</annotation>", 2, "it is not well-formed XML"),
    (b"<annotation>\n<folder>\xe4</folder></annotation>", 2, "the text is not UTF-8"),
    (b'<?xml version="1.0" encoding="martian"?><annotation/>', 1,
     "the encoding martian cannot be read"),
    (b'<?xml version="1.0" encoding="rot13"?><annotation/>', 1, "the encoding rot13"),
    (b"\xff\xfe<\0a", 1, "the text is not UTF-16-LE"),
    (b"\xff\xfe<\0a\0", 1, "it is cut off"),
    (one(f"<name><b>x</b></name>{box(1, 2, 3, 4)}"), 3, "the name of an object cannot be read"),
    (one(f"<name>a</name>\n{box('x', 2, 3, 4)}"), 4, "xmin is not a number"),
    (one(f"<name>a</name>\n{box(1, 2, 'nan', 4)}"), 4, "xmax is not a number"),
    (one(f"<name>a</name>\n{box(1, 2, 3, '-Infinity')}"), 4, "ymax is not a number"),
    (one(f"<name>a</name>\n{box(1, '1_0', 3, 4)}"), 4, "ymin is not a number"),
    (one(f"<name>a</name>\n{box(1, '1,024', 3, 4)}"), 4, "ymin is not a number"),  # or thousands
    (one(f"<name>a</name>\n{box(1, '1,2,3', 3, 4)}"), 4, "ymin is not a number"),
    (one(f"<name>a</name>\n{box(1, '1e999', 3, 4)}"), 4, "ymin is not a number"),
    (one(f"<name>a</name>\n{box(1, '9' * 400, 3, 4)}"), 4, "ymin is not a number"),
    (one(f"<name>a</name>\n{box(1, '１２', 3, 4)}"), 4, "ymin is not a number"),
    (one(f"<name>a</name>\n{box(1, '', 3, 4)}"), 4, "ymin is empty"),
    (one(f"<name>a</name>\n{box(1, '<b>1</b>', 3, 4)}"), 4, "ymin cannot be read"),
    (one(f"<name>a</name>\n{box(1, '1 2', 3, 4)}"), 4, "ymin is not a number"),
]


@pytest.mark.parametrize(("inside", "missing"), [
    (box(1, 2, 3, 4), "name"), (f"<name/>{box(1, 2, 3, 4)}", "name"),
    (f"<name> </name>{box(1, 2, 3, 4)}", "name"), ("<name>a</name>", "bndbox"), ("", "name"),
    ("<name>a</name><bndbox/>", "xmin"),
    (f"<name>a</name>{box(1, 2, 3, 4).replace('<ymax>4</ymax>', '')}", "ymax"),
])
@pytest.mark.parametrize("many", [1, 40])
def test_an_object_without_name_or_box_is_told_and_kept(
    inside: str, missing: str, many: int
) -> None:
    good = f"<object><name>a</name>{box(1, 2, 3, 4)}</object>\n"
    bad = f"<object>{inside}</object>\n" * many
    data = f"<annotation>\n{good}{bad}{good.replace('>4<', '>9<')}</annotation>".encode()
    document = parse_voc(data)
    assert [item.box for item in document.annotation.objects] == [(1, 2, 3, 4), (1, 2, 3, 9)]
    assert summarize_voc(data).counts == {"a": 2}
    told = [item for item in document.problems if item.kind == "incomplete-object"]
    assert len(told) == many and told[0].line == 3 and told[0].severity == "warning"
    assert told[0].reason == f"an object has no {missing}; it is not shown and kept as it is"
    first, last = document.annotation.objects
    changed = document.render(replace(document.annotation, objects=(first.with_label("b"), last)))
    assert changed == data.replace(b"<name>a<", b"<name>b<", 1)


def test_duplicates_are_told_once() -> None:
    same = f"<object><name>a</name>{box(1, 2, 3, 4)}</object>\n"
    document = parse_voc(f"<annotation>{same * 3}</annotation>".encode())
    assert len(document.annotation.objects) == 3
    assert [item.reason for item in document.problems if item.kind == "duplicate-box"] == [
        "2 objects more than once, with the same class and place"]


def test_a_rotated_box_that_is_drawn_twice_is_told() -> None:
    rows = (f"<object><name>rod</name>{box(70, 50, 130, 110)}<type>robndbox</type><robndbox>"
            f"<cx>100</cx><cy>80</cy><w>{w}</w><h>{h}</h><angle>{angle}</angle></robndbox></object>\n"
            for w, h, angle in ((60, 12, 0.7), (60, 12, 2.44), (12, 60, 0.7 + math.pi / 2)))
    found = [item for item in parse_voc(f"<annotation>{''.join(rows)}</annotation>".encode())
             .problems if item.kind == "duplicate-box"]
    assert [(item.reason, item.line) for item in found] == [
        ("1 object more than once, with the same class and place", 3)]


def test_whole_numbers_are_whole_however_they_are_written() -> None:
    def kinds(*corners: object) -> list[str]:
        text = f"<annotation><object><name>a</name>{box(*corners)}</object></annotation>"
        return [item.kind for item in parse_voc(text.encode()).problems]

    assert "float-coordinates" not in kinds("1e1", "2.0", "+30", "4.5e1")
    assert "float-coordinates" in kinds("1", "25e-1", "30", "40")


def test_decimal_commas_are_read_and_told_once_an_object() -> None:
    data = one(f"<name>a</name>{box('40,5', '50,1', '120,25', '-1,0005')}")
    document = parse_voc(data)
    assert document.annotation.objects[0].box == (40.5, 50.1, 120.25, -1.0005)
    assert [problem.reason for problem in document.problems
            if problem.kind == "decimal-comma"] == [
        "1 object with decimal commas, which are read as decimal points"]
    assert document.render(document.annotation) == data
    assert summarize_voc(data).counts == {"a": 1}

    moved = document.annotation.objects[0].with_box((41.5, 50.1, 120.25, -1.0005))
    written = document.render(replace(document.annotation, objects=(moved,)))
    assert written == data.replace(b"40,5", b"41.5"), "only what was changed is written"


@pytest.mark.parametrize(("data", "line", "words"), BROKEN)
def test_broken_files_are_told_with_line_and_reason(
    tmp_path: Path, data: bytes, line: int | None, words: str
) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(data)
    with pytest.raises(FormatError) as caught:
        read_voc(path)
    error = caught.value
    assert words in error.message
    assert error.path == path
    if line is not None:
        assert error.line == line
    assert str(error).startswith("a.xml: ")
    assert str(error).endswith("The file was left as it is.")
    assert path.read_bytes() == data
    with pytest.raises(FormatError) as summary:
        summarize_voc(data, path)
    assert str(summary.value) == str(error)


def test_one_bad_number_among_many_good_objects() -> None:
    """Also where the others are taken in by a pattern."""
    good = f"<object><name>a</name>{box(1, 2, 3, 4)}</object>\n"
    bad = f"<object><name>a</name>{box(1, 2, 'three', 4)}</object>\n"
    data = f"<annotation>\n{good * 40}{bad}{good * 3}</annotation>".encode()
    for read in (parse_voc, summarize_voc):
        with pytest.raises(FormatError) as caught:
            read(data)
        assert caught.value.line == 42 and caught.value.message == "xmax is not a number"


@pytest.mark.parametrize("hidden", ["<![CDATA[{}]]>", "<!--{}-->", "<?x {}?>"])
def test_an_object_inside_a_comment_is_none_even_among_many(hidden: str) -> None:
    plain = f"<object><note>x</note><name>a</name>{box(1, 2, 3, 4)}</object>\n"
    decoy = f"</note><name>decoy</name>{box(5, 6, 7, 8)}</object>"
    odd = plain.replace("x</note>", hidden.format(decoy) + "</note>")
    document = parse_voc(f"<annotation>\n{plain * 20}{odd}{plain * 2}</annotation>".encode())
    assert document.annotation.counts() == {"a": 23}
    assert {item.box for item in document.annotation.objects} == {(1, 2, 3, 4)}


def test_line_breaks_in_names_are_read_as_xml_says() -> None:
    (item,) = parse_voc(one(f"<name>a\r\nb\rc</name>{box(1, 2, 3, 4)}")).annotation.objects
    assert item.label == "a\nb\nc"


def test_letters_before_the_root_do_not_shift_positions() -> None:
    text = "<!-- Känguru 袋鼠 -->\n<annotation verified='yes'>{}" + box(1, 2, 3, 4) + (
        "</object></annotation>")
    data = text.format("<object><name>a</name>").encode()
    document = parse_voc(data)
    assert document.annotation.verified and document.annotation.counts() == {"a": 1}
    renamed = document.annotation.objects[0].with_label("ö")
    changed = document.render(type(document.annotation)((renamed,), verified=True))
    assert changed.decode() == text.format("<object><name>ö</name>")


def test_an_encoding_that_cannot_be_written_back_exactly_is_refused() -> None:
    data = b'<?xml version="1.0" encoding="utf-7"?><annotation>+AGE-</annotation>'
    with pytest.raises(FormatError, match="the encoding utf-7 cannot be read and written back"):
        parse_voc(data)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"none\.xml: the file is not there"):
        read_voc(tmp_path / "none.xml")


DOCUMENT = HEAD.replace("\n", "{nl}") + (
    "\t<object><name>Kängu & 袋鼠</name>".replace("&", "&amp;") + box(1, 2, 3, 4)
    + "</object>{nl}</annotation>{nl}"
)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("mark", "codec", "declared"),
    [
        (b"", "utf-8", ""), (b"\xef\xbb\xbf", "utf-8", ""), (b"", "utf-8", "UTF-8"),
        (b"", "utf-8", "utf-16"),  # declared by .NET's StringWriter, but not so
        (b"\xff\xfe", "utf-16-le", "utf-16"), (b"\xfe\xff", "utf-16-be", ""),
        (b"", "utf-16-le", "utf-16"), (b"\xff\xfe\0\0", "utf-32-le", ""),
        (b"", "gb18030", "gb18030"), (b"\xef\xbb\xbf", "utf-8", "utf-8"),
    ],
)
def test_encodings_are_read_and_kept(mark: bytes, codec: str, declared: str, newline: str) -> None:
    text = DOCUMENT.replace("{nl}", newline)
    if declared:
        text = f'<?xml version="1.0" encoding="{declared}"?>{newline}{text}'
    data = mark + text.encode(codec)
    document = parse_voc(data)
    (item,) = document.annotation.objects
    assert item.label == "Kängu & 袋鼠"
    assert document.render(document.annotation) == data
    renamed = document.annotation.objects[0].with_label("ü<袋>")
    changed = document.render(type(document.annotation)((renamed,), size=document.annotation.size))
    assert changed == mark + text.replace("Kängu &amp; 袋鼠", "ü&lt;袋&gt;").encode(codec)
    assert parse_voc(changed).annotation.objects[0].label == "ü<袋>"


def test_a_letter_that_the_encoding_lacks_becomes_a_reference() -> None:
    head = '<?xml version="1.0" encoding="iso-8859-1"?>\n'
    data = (head + "<annotation><object><name>Käfer</name>" + box(1, 2, 3, 4)
            + "</object></annotation>").encode("latin-1")
    document = parse_voc(data)
    item = document.annotation.objects[0]
    changed = document.render(type(document.annotation)((item.with_label("Käfer 袋"),)))
    assert changed == data.replace(b"fer<", b"fer &#34955;<")
    assert parse_voc(changed).annotation.objects[0].label == "Käfer 袋"


BOMB = ('<!DOCTYPE annotation [<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(8))
        + "]>\n<annotation><folder>&i;</folder></annotation>")


def test_a_billion_laughs_is_refused_at_once() -> None:
    with pytest.raises(FormatError, match="it declares entities of its own"):
        parse_voc(BOMB.encode())


def test_outside_files_are_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", "utf-8")
    for kind in ("SYSTEM", 'PUBLIC "x"'):
        data = (f'<!DOCTYPE annotation [<!ENTITY x {kind} "{secret.as_uri()}">]>\n'
                "<annotation><folder>&x;</folder></annotation>")
        with pytest.raises(FormatError, match="it declares entities of its own"):
            parse_voc(data.encode())
    data = (f'<!DOCTYPE annotation SYSTEM "{secret.as_uri()}">\n'
            f"<annotation><object><name>&x;</name>{box(1, 2, 3, 4)}</object></annotation>")
    with pytest.raises(FormatError, match="&x; is not known"):
        parse_voc(data.encode())
    with pytest.raises(FormatError, match="it declares entities of its own"):
        parse_voc(b"<!DOCTYPE annotation [<!ENTITY % p SYSTEM 'x'> %p;]>\n<annotation/>")


def test_a_plain_doctype_is_kept() -> None:
    data = (f"<!DOCTYPE annotation [<!ELEMENT annotation ANY> <!-- > ]> -->]>\n<annotation>"
            f"<object><name>a</name>{box(1, 2, 3, 4)}</object></annotation>").encode()
    document = parse_voc(data)
    assert document.annotation.counts() == {"a": 1}
    assert document.render(document.annotation) == data


def test_deep_nesting_and_long_names_do_not_hurt() -> None:
    deep = "<a>" * 5000 + "</a>" * 5000
    name = f"<name>{'n' * 100_000}</name>"
    data = f"<annotation>{deep}<object>{deep}{name}{box(1, 2, 3, 4)}</object></annotation>"
    document = parse_voc(data.encode())
    assert len(document.annotation.objects[0].label) == 100_000
    small = "<a>" * 500 + "</a>" * 500
    item = f"<object>{small}<name>a</name>{box(1, 2, 3, 4)}</object>"
    assert len(parse_voc(f"<annotation>{item * 20}</annotation>".encode()).annotation.objects) == 20
