from dataclasses import replace
from functools import cache

import numpy as np
from numpy.testing import assert_allclose

from spectra.report.course_exhibit import course_exhibit
from spectra.report.definitions import definition
from spectra.report.density_exhibit import density_exhibit
from spectra.report.density_figure import LEAST, density, height
from spectra.report.eigenvalue_exhibit import eigenvalue_exhibit
from spectra.report.eigenvalue_figure import eigenvalues
from spectra.report.kernel_exhibit import kernel_exhibit
from spectra.report.kernel_figure import kernel_spectrum
from spectra.report.part_exhibit import part_exhibit
from spectra.report.part_figure import LINES
from spectra.report.spectrum_tables import (
    SPECTRA,
    density_rows,
    eigenvalue_rows,
    kernel_rows,
    part_rows,
    spectra_measured,
)
from spectra.report.study import Study
from spectra.report.style import size_colors
from tests.report.drawn import panel
from tests.report.spectral_table import BULK, STEPS, WEIGHTS, WIDTHS, spectral_table
from tests.report.synthetic_study import fitted, sharpness_curve


@cache
def study() -> Study:
    return fitted(spectral_table())


def lines(axes, label):
    return [drawn for drawn in axes.lines if drawn.get_label() == label]


def test_a_spectrum_is_shown_of_what_has_several_eigenvalues():
    assert spectra_measured(study()) == ["effective_sharpness"]


def test_every_eigenvalue_is_a_line_of_its_size_and_the_lower_are_thinner():
    axes = panel(eigenvalue_exhibit(study(), "effective_sharpness").draw())
    colors = size_colors(WIDTHS)
    for size in (32, 128):
        drawn = [next(line for line in lines(axes, label) if line.get_color() == colors[size]) for label in "1234"]
        for place, line in enumerate(drawn, 1):
            later = np.isin(line.get_xdata(), STEPS)
            top = drawn[0].get_ydata()[np.isin(drawn[0].get_xdata(), STEPS)]
            assert_allclose(line.get_ydata()[later], top / place)
        widths = [line.get_linewidth() for line in drawn]
        assert widths == sorted(widths, reverse=True)
        assert widths[0] > widths[-1]
    assert not [line for line in axes.lines if line.get_color() == colors[64]]


def test_the_limit_of_the_optimizer_is_drawn_and_named():
    figure = eigenvalue_exhibit(study(), "effective_sharpness").draw()
    (limit,) = lines(panel(figure), "limit")
    assert set(limit.get_ydata()) == {2.0}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["width 32", "width 128", "stability limit 2"]


def test_sizes_keep_the_colours_of_the_page():
    rows = eigenvalue_rows(study(), "effective_sharpness")
    axes = panel(eigenvalues(rows[rows["width"] == 64], sizes=WIDTHS))
    assert {line.get_color() for line in lines(axes, "1")} == {size_colors(WIDTHS)[64]}


def test_all_eigenvalues_are_counted_where_they_lie():
    rows = density_rows(study()).query("case == 'muP' and width == 32")
    bins = rows[rows["low"] < rows["high"]]
    for _, one in bins.groupby("step"):
        assert_allclose(one["count"].sum(), WEIGHTS)
        assert_allclose(one["low"].to_numpy()[1:], one["high"].to_numpy()[:-1])
        assert_allclose(one.loc[one["high"] <= 0.0, "count"].sum(), WEIGHTS / 2, rtol=1e-6)
        beyond = one[one["low"] > 2 * BULK]
        assert_allclose(beyond["count"].sum(), 1, rtol=1e-6)


def test_single_eigenvalues_have_no_width_and_are_strokes_below_their_row():
    rows = density_rows(study()).query("case == 'muP' and width == 32 and step == 120 and low == high")
    top = sharpness_curve("mup", 32, 1.5, np.array([120]))[0]
    assert_allclose(rows["low"], top / np.arange(1, 5), rtol=0.2)
    axes = panel(density_exhibit(study(), density_rows(study())).draw())
    (stroke,) = [line for line in lines(axes, "single") if len(line.get_xdata()) == 4
                 and np.allclose(line.get_xdata(), rows["low"])]  # fmt: skip
    assert -0.3 < stroke.get_ydata()[0] < 0


def test_the_rows_of_a_density_are_its_steps_from_the_first_down():
    figure = density_exhibit(study(), density_rows(study())).draw()
    labels = [text.get_text() for text in panel(figure).get_yticklabels()]
    assert labels == ["120", "60", "0"]
    assert panel(figure).get_xscale() == "asinh"


def test_heights_are_logarithmic_and_stay_within_their_row():
    assert height(LEAST / 2, 100.0) == 0
    assert height(100.0, 100.0) < 1
    steps = np.diff(height(np.array([1.0, 10.0, 100.0]), 100.0))
    assert_allclose(steps[0], steps[1])


def test_thresholds_are_counted_in_the_table():
    (sheet,) = density_exhibit(study(), density_rows(study())).sheets
    assert sheet.columns[3:] == ("above 0.1", "above 1", "below zero")
    row = next(row for row in sheet.rows if row[:3] == ("muP", "32", "120"))
    assert row[3:] == ("1", "1", "500")


def test_parts_of_the_curvature_have_their_own_dashes_and_share_the_colour_of_the_size():
    axes = panel(part_exhibit(study(), part_rows(study())).draw())
    dashes = set()
    for quantity, share in (("gauss_newton", 0.8), ("residual_part", 0.3)):
        whole = {line.get_color(): line for line in lines(axes, LINES["effective_sharpness"][0])}
        drawn = lines(axes, LINES[quantity][0])
        assert len(drawn) == 2
        for line in drawn:
            at = np.isin(whole[line.get_color()].get_xdata(), STEPS)
            assert_allclose(line.get_ydata(), share * whole[line.get_color()].get_ydata()[at])
            dashes.add(str(line._unscaled_dash_pattern))
    assert len(dashes) == 2


def test_without_both_parts_nothing_is_taken_apart():
    assert part_rows(fitted(spectral_table(parts=False))).empty


def test_kernels_at_both_ends_of_training_fall_by_their_numbers():
    axes = panel(kernel_exhibit(study(), kernel_rows(study())).draw())
    for step, factor in ((0, 1), (120, 2)):
        for line in lines(axes, f"step {step}"):
            assert_allclose(line.get_ydata(), factor / np.arange(1, 9) ** 2)
    assert {axes.get_xscale(), axes.get_yscale()} == {"log"}


def test_a_case_that_ends_earlier_keeps_its_last_kernel():
    table = study().table
    early = (table["quantity"] == "tangent_kernel") & (table["regime"] == "ntk_matched") & (table["step"] == 120)
    shorter = replace(study(), table=table.assign(step=table["step"].where(~early, 90)))
    rows = kernel_rows(shorter)
    assert rows.groupby("case", sort=False)["step"].unique().map(sorted).tolist() == [[0, 120], [0, 90]]
    told = [text.get_text() for text in kernel_spectrum(rows).legends[0].get_texts()]
    assert told[:2] == ["step 0", "last step"]


def test_theory_is_drawn_where_there_is_one():
    rows = kernel_rows(study())
    assert rows["theory"].isna().all()
    known = rows.assign(theory=(1 / rows["number"] ** 2).where(rows["step"] == 0))
    figure = kernel_spectrum(known, sizes=WIDTHS)
    (theory,) = lines(panel(figure), "theory")
    assert_allclose(theory.get_ydata(), 1 / np.arange(1, 9) ** 2)
    assert "theory, infinite size" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_captions_say_what_is_drawn():
    caption = eigenvalue_exhibit(study(), "effective_sharpness").caption
    assert "geometric mean over seeds, at width 32 and 128" in caption
    assert "Effective sharpness is the largest eigenvalue" in caption


def test_a_density_says_over_how_many_seeds_it_is_the_mean():
    table = spectral_table()
    fewer = table[~table["quantity"].str.startswith("spectral_density") | (table["seed"] != 2)]
    caption = density_exhibit(found := fitted(fewer), density_rows(found)).caption
    assert "one row for each step, mean over 2 seeds" in caption
    assert "each measured by itself, geometric mean over 3 seeds" in caption


def test_names_in_headings_keep_their_capitals():
    heading = course_exhibit(study(), "gauss_newton", 0).heading
    assert heading == "Gauss-Newton sharpness along training"


def test_every_quantity_whose_spectrum_is_shown_is_defined_with_its_unit():
    for quantity in SPECTRA:
        told = definition(quantity, study().table)
        assert told.endswith(".")
        assert "{" not in told


def test_empty_tables_say_what_is_missing():
    bare = fitted(spectral_table().iloc[:0])
    for figure in (eigenvalues(eigenvalue_rows(study(), "effective_sharpness").iloc[:0]), density(density_rows(bare))):
        assert not figure.axes
        assert "measured" in figure.texts[0].get_text() or "positive" in figure.texts[0].get_text()
