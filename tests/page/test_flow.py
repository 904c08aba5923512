"""Measures of children in their parents: indents leave room for what they push aside."""

from __future__ import annotations

from pixelwright.page.element import Element
from pixelwright.page.flow import box_place
from pixelwright.page.stylesheet import Stylesheet
from pixelwright.read.reading import Box


def test_an_indent_is_taken_off_the_most_that_a_box_may_be_wide() -> None:
    # A line of 155 pixels near the right side: beside an indent of 56.1 % of a narrow window it must shrink.
    look = dict(box_place(Box(717, 10, 155, 1), Box(0, 0, 1280, 200), 1280))
    assert look == {
        "max-width": "min(155px, 100% - min(717px, 56.1vw))",
        "margin-left": "min(717px, 56.1vw)",
    }


def test_a_box_at_the_left_needs_no_indent() -> None:
    assert dict(box_place(Box(0, 10, 155, 40), Box(0, 0, 1280, 200), 1280)) == {
        "width": "100%",
        "max-width": "155px",
    }


def test_places_of_other_measures_have_other_names() -> None:
    sheet = Stylesheet()
    values = ("min(155px, 100% - 20px)", "min(155px, 100% - 30px)", "min(155px, 100% - 20px)")
    names = [sheet.class_names(Element("hr", "", (), (("max-width", value),))) for value in values]
    assert names[0] == names[2] != names[1]
    assert sheet.places[names[0]] == (("max-width", values[0]),)
    assert sheet.places[names[1]] == (("max-width", values[1]),)
