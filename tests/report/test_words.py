import math

import pytest

from spectra.plain_text import clean
from spectra.report.cells import bracketed, extent
from spectra.report.titles import REGIMES, regime_title, setting_title
from spectra.report.words import between, duration, factor, listing, number, percent, span, whole
from spectra.scaling import CATALOG, Size, regime


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (1.5, "1.5"), (-0.049, "−0.049"), (1024.0, "1024"), (0.70710678, "0.707"), (1e-7, "10⁻⁷"),
        (-2.5e9, "−2.5×10⁹"), (math.inf, "∞"), (-math.inf, "−∞"), (math.nan, "–"), (99999.0, "99999"), (9.999, "10"),
    ],
)  # fmt: skip
def test_numbers_are_written_for_reading(value, text):
    assert number(value) == text


def test_a_change_of_the_logarithm_reads_as_a_relative_change():
    assert percent(math.log(1.05)) == "+5 %"
    assert percent(math.log(0.5)) == "−50 %"
    assert span(-0.01, 0.02) == "−0.01 to +0.02"


def test_known_regimes_have_names_and_unknown_ones_stay_as_given():
    assert regime_title("mup") == "muP"
    assert regime_title("ntk_matched") == "NTK, matched at the base width"
    assert regime_title("my <own> $rule$") == "my <own> $rule$"


def test_settings_are_told_in_words_whatever_signs_are_in_their_names():
    told = [
        setting_title(*each) for each in (("trained_examples", 64), ("batch_size", 1), ("heads", 1), ("a{b}_c", 2.5))
    ]
    assert told == ["training-set size 64", "batches of 1", "1 head", "a{b} c 2.5"]


def test_signs_that_break_a_file_or_turn_the_writing_are_replaced_and_others_kept():
    assert clean("a\x00b\x1b[31m\ud800\u202e") == "a\ufffdb\ufffd[31m\ufffd\ufffd"
    assert clean("千 é 😀\n$<&>") == "千 é 😀\n$<&>"


def test_factors_near_one_are_told_in_percent():
    assert [factor(math.log(value)) for value in (4.56, 1.25, 1.04, 1.0, 0.37)] == [
        "×4.56",
        "×1.25",
        "+4 %",
        "0 %",
        "×0.37",
    ]
    assert factor(math.nan) == "–"


def test_counts_are_told_by_their_ends():
    told = tuple(between(counts, "seed") for counts in ([12, 24, 16], [4, 4], [1], [0, 1], []))
    assert told == ("12–24 seeds", "4 seeds", "1 seed", "0–1 seed", "0 seeds")


def test_an_unknown_interval_is_a_dash():
    assert (span(math.nan, math.nan), extent(math.nan, math.nan)) == ("–", "–")
    assert (bracketed(extent(math.nan, math.nan)), bracketed(extent(1, math.inf))) == ("", " [1 to ∞]")


def test_long_lists_keep_their_ends_and_say_how_long_they_are():
    assert listing([str(n) for n in range(20)]) == "0, 1, 2, …, 19 (20 values)"
    assert listing(["muP", "NTK, matched"]) == "muP; NTK, matched"
    assert (whole(12345), duration(90.0), duration(7200.0)) == ("12\u202f345", "90 s", "2 h")


def test_regimes_have_the_titles_of_the_catalog():
    titles = {name: regime(name, base=Size(8, 2)).title for name in CATALOG}
    assert titles == REGIMES
