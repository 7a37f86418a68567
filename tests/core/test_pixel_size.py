"""Sizes of pixels: how people write them, and how lengths and areas are said."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.pixel_size import (
    METRES,
    PixelSize,
    area_text,
    convert,
    length_text,
    lengths_text,
    parse_length,
    parse_pixel_size,
    round_length,
    rounded,
    unit_named,
)

lengths = st.floats(1e-6, 1e9)
units = st.sampled_from([*METRES, "in", "furlong"])


@pytest.mark.parametrize(("text", "value", "unit"), [
    ("100 µm", 100, "µm"), ("100um", 100, "µm"), ("0,5 mm", 0.5, "mm"), (" 20 Microns ", 20, "µm"),
    ("1e-3 m", 0.001, "m"), ("12 Å", 1.2, "nm"), (".5 nm", 0.5, "nm"), ("5", 5, ""),
    ("3 furlong", 3, "furlong"), ("2 MM", 2, "mm"), ("2 Mm", 2, "Mm"), ("10 \u03bcm", 10, "µm"),
    ("4 metres", 4, "m"),
])
def test_a_length_as_people_write_it(text: str, value: float, unit: str) -> None:
    assert parse_length(text) == (pytest.approx(value), unit)


@pytest.mark.parametrize("text", ["", "µm", "0 µm", "-3 µm", "5 x 3 µm", "1,000 µm", "inf m",
                                  "100 px", "1e99999 m", "nan", "12 3"])
def test_what_is_no_length_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z“].*[^.]$"):
        parse_length(text)


def test_a_comma_that_can_be_read_in_two_ways_is_asked_about() -> None:
    with pytest.raises(ValueError, match=r"write 1000, or 1\.000"):
        parse_length("1,000 µm")


@given(lengths, st.none() | lengths, units)
def test_a_size_is_read_as_it_was_written(x: float, y: float | None, unit: str) -> None:
    size = PixelSize(x, x if y is None else y, unit)
    assert parse_pixel_size(size.text) == size


def test_a_size_needs_a_unit_and_is_above_nothing() -> None:
    with pytest.raises(ValueError, match="unit"):
        parse_pixel_size("0.3")
    for bad in (0.0, -1.0, math.inf, math.nan, 1e99, 1e-99):
        with pytest.raises(ValueError, match="No pixel has this size"):
            PixelSize(bad, 1.0, "µm")
    for unit in ("a\ud800", "a\0", "a\u202e", "a" * 60):
        with pytest.raises(ValueError, match="Write a number and a unit"):
            parse_pixel_size(f"1 {unit}")


@given(lengths, st.sampled_from([*METRES]))
def test_what_is_said_is_right_to_three_digits(value: float, unit: str) -> None:
    number, said = length_text(value, unit).rsplit(" ", 1)
    back = convert(float(number.replace(",", "")), said, unit)
    assert back == pytest.approx(value, rel=0.0051)
    whole, _, square = area_text(value, unit).rpartition(" ")
    back = convert(1.0, square.removesuffix("²"), unit)
    assert back is not None
    assert float(whole.replace(",", "")) * back**2 == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize(("value", "unit", "said"), [
    (12, "µm", "12 µm"), (999.6, "µm", "1 mm"), (0.32, "µm", "320 nm"), (1500, "µm", "1.5 mm"),
    (3.2, "cm", "3.2 cm"), (0.5, "cm", "5 mm"), (123456, "in", "123,456 in"), (0, "µm", "0 µm"),
])
def test_lengths_are_said_in_a_unit_that_fits(value: float, unit: str, said: str) -> None:
    assert length_text(value, unit) == said


def test_two_sides_have_one_unit_and_areas_a_square() -> None:
    assert lengths_text((1234, 0.5), "µm") == "1.23 × 0.0005 mm"
    assert area_text(12_000, "µm") == "12,000 µm²" and area_text(120_000, "µm") == "0.12 mm²"
    assert PixelSize(0.32, 0.32, "µm").words() == "0.32 µm"
    assert PixelSize(0.32, 0.4, "µm").words() == "0.32 × 0.4 µm"
    assert rounded(0.0) == "0" and rounded(math.nan) == "–"


def test_lengths_and_areas_take_both_sides_of_a_pixel() -> None:
    size = PixelSize(2, 0.5, "µm")
    assert size.length(3, 16) == 10 and size.area(7) == 7
    assert size.turned() == PixelSize(0.5, 2, "µm") and not size.square
    assert convert(1, "furlong", "m") is None and convert(5, "furlong", "furlong") == 5
    assert unit_named("micrometers") == "µm"


@given(st.floats(1e-7, 1e7))
def test_a_scale_bar_is_the_longest_round_length_that_fits(most: float) -> None:
    length = round_length(most)
    assert length <= most * 1.000001 and length > most / 2.51
    assert f"{length:.0e}"[0] in "125" and float(f"{length:.0e}") == length
