"""Pascal VOC files in every style that programs write, with the position of each value.

The builder knows nothing of the code under test: it writes text piece by piece and notes where
the values stand, so a test can say exactly which characters may change.
"""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from hypothesis import strategies as st

from workbench.core.annotation import LabeledObject

Facts = tuple[str, tuple[float, float, float, float], bool, bool]
"""Label, box, difficult, truncated."""


@dataclass
class Built:
    """A document, what it says, and where."""

    text: str = ""
    mark: bytes = b""
    codec: str = "utf-8"
    verified: bool = False
    objects: list[Facts] = field(default_factory=list)
    values: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    spans: list[tuple[int, int]] = field(default_factory=list)  # with the white space before

    @property
    def data(self) -> bytes:
        return self.encode(self.text)

    def encode(self, text: str) -> bytes:
        return self.mark + text.encode(self.codec, "xmlcharrefreplace")

    def with_values(self, changes: dict[tuple[int, str], str]) -> bytes:
        """The bytes with only these values replaced."""
        text = self.text
        for key in sorted(changes, key=lambda key: self.values[key], reverse=True):
            start, end = self.values[key]
            text = text[:start] + changes[key] + text[end:]
        return self.encode(text)

    def without(self, gone: set[int]) -> bytes:
        """The bytes with some objects cut out."""
        text = self.text
        for index in sorted(gone, reverse=True):
            start, end = self.spans[index]
            text = text[:start] + text[end:]
        return self.encode(text)


def facts(item: LabeledObject) -> Facts:
    return item.label, item.box, item.difficult, item.truncated


def oracle(data: bytes) -> tuple[list[Facts], bool]:
    """What a plain reader such as labelImg's finds, through another XML library."""
    root = ET.parse(io.BytesIO(data)).getroot()
    found: list[Facts] = []
    for item in root.findall("object"):
        box = item.find("bndbox")
        if box is None:
            continue
        x1, y1, x2, y2 = (
            float(box.findtext(name) or "nan") for name in ("xmin", "ymin", "xmax", "ymax")
        )
        found.append((
            (item.findtext("name") or "").strip(" \t\r\n"),
            (x1, y1, x2, y2),
            _FLAGS[item.findtext("difficult", "0").strip()],
            _FLAGS[item.findtext("truncated", "0").strip()],
        ))
    return found, root.get("verified") == "yes"


# Strategies

label_texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=12
).filter(lambda text: text == text.strip(" \t\r\n")) | st.sampled_from(
    ["RBC", "kangaroo", "a & b", "<tag>", "x > y", "]]>", "Känguru", "袋鼠", "a  b", "'\"", "&amp;"]
)
whole_numbers = st.integers(-50, 2000).map(float)
halves = st.integers(-5000, 200_000).map(lambda value: value / 100)
numbers = whole_numbers | halves
boxes = st.tuples(numbers, numbers, numbers, numbers)
_FLAGS = {"0": False, "1": True, "yes": True, "no": False, "true": True, "": False,
          "Unspecified": False, "2": True, "0.0": False, "False": False}
# made once: each strategy is checked when it is first drawn from
_flag_texts = st.sampled_from(sorted(_FLAGS)) | st.just("0")
_one_of_five = st.integers(0, 4)
_forms = st.integers(0, 8)  # of three or of nine


@dataclass(frozen=True)
class Style:
    newline: str
    indent: str
    order: tuple[str, ...]
    corners: tuple[str, ...]
    extras: tuple[str, ...]
    pad: str
    attributes: str
    leaf_attributes: str


_EXTRAS = (
    "<occluded>0</occluded>",
    "<!-- <name>no</name> <object> -->",
    "<attributes><attribute><name>colour</name><value>a &amp; b</value></attribute></attributes>",
    "<part><name>head</name><bndbox><xmin>9</xmin><ymin>9</ymin><xmax>9</xmax><ymax>9</ymax>"
    "</bndbox></part>",
    "<score conf='0.5>'>0.93</score>",
    "<?keep this?>",
    "<note><![CDATA[<object><name>no</name></object>]]></note>",
    "stray text",
    "<empty/>",
)

styles = st.builds(
    Style,
    newline=st.sampled_from(["\n", "\r\n", ""]),
    indent=st.sampled_from(["\t", "  ", "    ", ""]),
    order=st.just(("name", "pose", "truncated", "difficult", "bndbox"))
    | st.permutations(["name", "pose", "truncated", "difficult", "bndbox"]).map(tuple)
    | st.permutations(["name", "bndbox"]).map(tuple)
    | st.permutations(["name", "difficult", "bndbox"]).map(tuple),
    corners=st.just(("xmin", "ymin", "xmax", "ymax"))
    | st.permutations(["xmin", "ymin", "xmax", "ymax"]).map(tuple),
    extras=st.just(()) | st.lists(st.sampled_from(_EXTRAS), max_size=3).map(tuple),
    pad=st.sampled_from(["", "", " ", "\n\t"]),
    attributes=st.sampled_from(["", "", ' id="1"', " a='>' b=\"/\""]),
    leaf_attributes=st.sampled_from(["", "", "", ' id="1"', " a='/>' b = \"--\" ", ' a=">"']),
)


class _Writer:
    def __init__(self, style: Style) -> None:
        self.style = style
        self.built = Built()
        self.pieces: list[str] = []
        self.length = 0

    def put(self, text: str) -> int:
        """Append ``text`` and return where it begins."""
        start = self.length
        self.pieces.append(text)
        self.length += len(text)
        return start

    def line(self, depth: int, text: str = "") -> None:
        style = self.style
        self.put((style.newline + style.indent * depth if style.newline else "") + text)

    def leaf(self, depth: int, name: str, raw: str, key: tuple[int, str] | None = None) -> None:
        pad = self.style.pad if raw else ""
        self.line(depth, f"<{name}{self.style.leaf_attributes}>{pad}")
        start = self.put(raw)
        if key is not None:
            self.built.values[key] = (start, start + len(raw))
        self.put(f"{pad}</{name}>")


@st.composite
def documents(draw: st.DrawFn, max_objects: int = 5) -> Built:
    """A document of up to ``max_objects`` boxes in one random style."""
    writer = _Writer(draw(styles))
    built = writer.built
    built.mark, built.codec, declared = draw(st.sampled_from([
        (b"", "utf-8", ""), (b"", "utf-8", ""), (b"", "utf-8", "utf-8"),
        (b"\xef\xbb\xbf", "utf-8", ""), (b"\xff\xfe", "utf-16-le", "utf-16"),
        (b"\xfe\xff", "utf-16-be", "UTF-16"), (b"", "iso-8859-1", "ISO-8859-1"),
        (b"", "cp1252", "windows-1252"),
    ]))
    if declared:
        writer.put(f'<?xml version="1.0" encoding="{declared}"?>\n')
    writer.put(draw(st.sampled_from(["", "<!-- <annotation> -->\n", "<!DOCTYPE annotation>"])))
    head = draw(st.sampled_from(["", ' verified="no"', ' verified="yes"', " a='1'  verified='yes'",
                                 ' note="x verified=\'yes\'"']))
    built.verified = "=\"yes\"" in head or "  verified='yes'" in head
    writer.put(f"<annotation{head}>")
    for text in draw(st.sampled_from([[], ["<folder>a</folder>", "<segmented>0</segmented>"],
                                      ["<!-- top -->"], ["<source><database>x</database></source>",
                                                         "<owner a='1'/>", "<filename/>"]])):
        writer.line(1, text)
    sizes = draw(st.sampled_from(["before", "after", "none"]))
    size = "<size><width>640</width><height>480</height><depth>3</depth></size>"
    if sizes == "before":
        writer.line(1, size)
    for index in range(draw(st.integers(0, max_objects))):
        _write_object(draw, writer, index)
    if sizes == "after":
        writer.line(1, size)
    writer.line(0, "</annotation>")
    writer.put(draw(st.sampled_from(["", "\n", "\r\n\r\n", "<!-- end -->"])))
    built.text = "".join(writer.pieces)
    return built


def _write_object(draw: st.DrawFn, writer: _Writer, index: int) -> None:
    style, built = writer.style, writer.built
    label = draw(label_texts)
    corners = [draw(numbers) for _ in range(4)]
    flags = {"truncated": False, "difficult": False}
    start = writer.length
    writer.line(1, f"<object{style.attributes}>")
    for name in style.order:
        if name == "name":
            writer.leaf(2, "name", _raw_label(draw, label), (index, "name"))
        elif name == "pose":
            writer.leaf(2, "pose", "Left")
        elif name in flags:
            raw = draw(_flag_texts)
            flags[name] = _FLAGS[raw]
            writer.leaf(2, name, raw, (index, name))
        else:
            _write_box(draw, writer, index, corners)
    for extra in style.extras:
        writer.line(2, extra)
    writer.line(1, "</object>")
    built.spans.append((start, writer.length))
    x1, y1, x2, y2 = corners
    built.objects.append((label, (x1, y1, x2, y2), flags["difficult"], flags["truncated"]))


def _raw_label(draw: st.DrawFn, label: str) -> str:
    if draw(_one_of_five) == 0 and label.isascii() and "]]>" not in label:
        return f"<![CDATA[{label}]]>"
    return escape(label)


def _write_box(draw: st.DrawFn, writer: _Writer, index: int, corners: list[float]) -> None:
    writer.line(2, "<bndbox>")
    values = dict(zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True))
    for name in writer.style.corners:
        value = values[name]
        forms = [f"{value:.2f}", f"{value:.4f}", f"{value:+.2f}"]
        if value == int(value):
            forms += [str(int(value))] * 6
        writer.leaf(3, name, forms[draw(_forms) % len(forms)], (index, name))
    writer.line(2, "</bndbox>")
