"""The colours of both themes, by published formulas."""

import tomllib
from itertools import combinations, pairwise
from pathlib import Path

import pytest

CONFIG = Path(__file__).parents[1] / ".streamlit" / "config.toml"
THEME = tomllib.loads(CONFIG.read_text())["theme"]
THEMES = pytest.mark.parametrize("theme", ["light", "dark"])

# Machado, Oliveira and Fernandes, "A Physiologically-based Model for
# Simulation of Color Vision Deficiency" (2009), severity 1.0, linear RGB
SEEN_BY = {
    "everyone": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
# sRGB to CIE XYZ, D65 (IEC 61966-2-1)
XYZ = (
    (0.4124, 0.3576, 0.1805),
    (0.2126, 0.7152, 0.0722),
    (0.0193, 0.1192, 0.9505),
)


def linear(colour):
    """#rrggbb as linear light, each 0 to 1 (IEC 61966-2-1)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in parts
    ]


def times(matrix, vector):
    return [
        sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix
    ]


def luminance(colour):
    return times(XYZ, linear(colour))[1]


def contrast(one, other):
    """WCAG 2.2: from 1 for equal colours to 21 for black on white."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def lab(colour, eye):
    """CIE L*a*b* of the colour as this eye sees it."""
    light = times(SEEN_BY[eye], linear(colour))
    light = [min(1, max(0, part)) for part in light]
    white = times(XYZ, (1, 1, 1))
    x, y, z = (
        t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116
        for t in (v / w for v, w in zip(times(XYZ, light), white, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one, other, eye):
    """CIE 1976: the distance in L*a*b*; 2.3 is just noticeable."""
    pairs = zip(lab(one, eye), lab(other, eye), strict=True)
    return sum((a - b) ** 2 for a, b in pairs) ** 0.5


def blend(above, below, opacity):
    """What a browser shows: mixed part by part, before linear light."""
    parts = [
        opacity * int(above[i : i + 2], 16)
        + (1 - opacity) * int(below[i : i + 2], 16)
        for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{round(part):02x}" for part in parts)


def test_the_formulas_give_the_published_figures():
    # WCAG: black on white is 21, #767676 the lightest grey with 4.5 on white
    assert contrast("#000000", "#ffffff") == pytest.approx(21, abs=1e-9)
    assert contrast("#767676", "#ffffff") >= 4.5
    assert contrast("#777777", "#ffffff") < 4.5
    # Lab of sRGB red as Lindbloom's calculator prints it; the matrices here
    # have four digits, so the last of three may differ
    red = lab("#ff0000", "everyone")
    assert red == pytest.approx((53.24, 80.09, 67.20), abs=0.05)


@THEMES
def test_text_has_a_contrast_of_four_and_a_half(theme):
    colours = THEME[theme]
    for ground in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(colours["textColor"], colours[ground]) >= 4.5


@THEMES
def test_captions_can_be_read_too(theme):
    # Streamlit 1.67 draws a caption as text of opacity 0.6
    colours = THEME[theme]
    for ground in ("backgroundColor", "secondaryBackgroundColor"):
        faded = blend(colours["textColor"], colours[ground], 0.6)
        assert contrast(faded, colours[ground]) >= 4.5


@THEMES
def test_the_primary_colour_can_be_read_as_text(theme):
    # a slider's value and a chosen segment are written in it
    colours = THEME[theme]
    for ground in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(colours["primaryColor"], colours[ground]) >= 4.5


@THEMES
def test_every_chart_colour_stands_out_from_the_background(theme):
    # WCAG asks 3 of graphics; charts write labels in the first three, and
    # text is asked 4.5
    colours, ground = THEME[theme], THEME[theme]["backgroundColor"]
    for place, colour in enumerate(colours["chartCategoricalColors"]):
        assert contrast(colour, ground) >= (4.5 if place < 3 else 3), colour


@THEMES
@pytest.mark.parametrize("eye", SEEN_BY)
def test_the_first_four_chart_colours_differ_to_every_eye(theme, eye):
    # 10 is four times what is just noticeable side by side: lines and points
    # are small and apart
    colours = THEME[theme]["chartCategoricalColors"][:4]
    for one, other in combinations(colours, 2):
        assert difference(one, other, eye) >= 10, (one, other)


@THEMES
def test_a_ramp_goes_from_paper_to_ink_one_way_in_ten_colours(theme):
    ramp = THEME[theme]["chartSequentialColors"]
    assert len(ramp) == 10  # as many as Streamlit takes
    assert ramp[0] == THEME[theme]["backgroundColor"]
    steps = [luminance(b) - luminance(a) for a, b in pairwise(ramp)]
    assert all(s > 0 for s in steps) or all(s < 0 for s in steps)


@THEMES
def test_signed_colours_leave_the_paper_to_both_sides_in_ten(theme):
    colours = THEME | THEME[theme]  # light has them from the common part
    ramp, paper = colours["chartDivergingColors"], colours["backgroundColor"]
    assert len(ramp) == 10
    away = [contrast(colour, paper) for colour in ramp]
    assert away[:5] == sorted(away[:5], reverse=True)
    assert away[5:] == sorted(away[5:])
