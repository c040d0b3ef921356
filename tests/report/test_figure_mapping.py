"""Every figure of the mapping can be drawn again from the file that a page leaves of its table."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from spectra.report import FIGURES
from spectra.report.chart_points import chart_points
from spectra.report.exhibits import exhibits
from spectra.report.law_exhibits import law_exhibits
from spectra.report.style import size_colors, svg_text
from spectra.spreadsheets import write_csv
from tests.report.law_tables import SPHERE, STREAM, gathered, of_theory
from tests.report.law_tables import table as runs_of
from tests.report.spectral_table import spectral_table
from tests.report.synthetic_study import WIDTHS, fitted, whole_study
from tests.report.test_collapse import made

FILES = {
    "courses": "effective_sharpness",
    "trends": "trend",
    "gaps": "gap", "scatter": "noise", "size_gaps": "size-gap", "growth": "growth", "rates": "rates",
    "phases": "phases", "regrets": "regret", "loss_exponents": "exponents",
}  # fmt: skip
"""Tables of the pages of studies, by the names of the figures."""
SPECTRA = {
    "eigenvalues": "eigenvalues-effective_sharpness", "curvature_parts": "curvature_parts",
    "spectral_density": "spectral_density", "kernel_spectrum": "kernel_spectrum",
}  # fmt: skip
LAWS = ("law_losses", "law_exponents", "law_spectrum", "law_target")
KEYS = {"effective_sharpness": "courses", "loss": "courses"} | {
    table: key for key, table in {**FILES, **SPECTRA, "collapse": "collapse"}.items()
}
"""Keys of figures by the names of exhibits of these studies."""


@cache
def spectral():
    return fitted(spectral_table())


@cache
def collapsed():
    return made(shape=0.3)


@cache
def moved_study():
    """The whole study with movement of the kernel."""
    moved = pd.DataFrame({"quantity": "kernel_movement", "size": WIDTHS, "movement": 0.3, "low": 0.2, "high": 0.4})
    cases = whole_study().cases
    fits = [{edge: replace(fit, movement=moved) for edge, fit in case.consistency.items()} for case in cases]
    return whole_study(cases=tuple(replace(case, consistency=fit) for case, fit in zip(cases, fits, strict=True)))


@cache
def pages():
    return {study: exhibits(study()) for study in (spectral, whole_study, moved_study, collapsed)}


def shown(study, table):
    (found,) = [exhibit for exhibit in pages()[study] if table in exhibit.tables]
    return found


@pytest.mark.parametrize(
    "made",
    [collapsed, *(pytest.param(study, marks=pytest.mark.slow) for study in (whole_study, moved_study, spectral))],
)
def test_every_figure_of_a_page_is_drawn_again_from_its_one_file(made, tmp_path):
    study = made()
    for exhibit in pages()[made]:
        key = KEYS.get(exhibit.name, KEYS.get(exhibit.name.partition("-")[0]))
        if exhibit.tables[exhibit.name].empty:  # the figure says why there is nothing to see
            continue
        # A file has seven digits, and a picture fewer.
        read = pd.read_csv(write_csv(exhibit.tables[exhibit.name], tmp_path / f"{exhibit.name}.csv"))
        again, figure = FIGURES[key](read, scale=study.scale, sizes=study.sizes), exhibit.draw()
        assert words(again) == words(figure)
        for one, other in zip(figure.axes, again.axes, strict=True):
            assert one.lines or one.collections or one.patches, exhibit.name
            for drawn, redrawn in zip(one.lines, other.lines, strict=True):
                assert drawn.get_color() == redrawn.get_color()
                ends = np.array(redrawn.get_ydata(), float), np.array(drawn.get_ydata(), float)
                np.testing.assert_allclose(*ends, 1e-5, err_msg=exhibit.name)


def test_the_pages_of_this_test_have_every_figure_of_a_study():
    shown = [exhibit for page in pages().values() for exhibit in page if not exhibit.tables[exhibit.name].empty]
    drawn = {KEYS.get(exhibit.name, KEYS.get(exhibit.name.partition("-")[0])) for exhibit in shown}
    assert {*drawn, *LAWS, "coordinate_check", "layers"} == set(FIGURES)


def test_every_figure_of_a_page_with_laws_is_drawn_again_from_its_one_file(tmp_path):
    """Once these figures, all of sgd_phases among them, came with their page alone."""
    study = gathered(runs_of(*(one for settings in (SPHERE, STREAM) for one in of_theory(settings))))
    for exhibit in law_exhibits(study):
        read = pd.read_csv(write_csv(exhibit.tables[exhibit.name], tmp_path / f"{exhibit.name}.csv"))
        again, figure = FIGURES[f"law_{exhibit.name}"](read, sizes=study.widths), exhibit.draw()
        assert words(again) == words(figure)
        for one, other in zip(figure.axes, again.axes, strict=True):
            assert len(one.patches) == len(other.patches) == (exhibit.name != "exponents")
            for drawn, redrawn in zip(one.lines, other.lines, strict=True):
                assert drawn.get_color() == redrawn.get_color()
                np.testing.assert_allclose(redrawn.get_ydata(), drawn.get_ydata(), 1e-5)


@pytest.mark.parametrize("name", [*FILES, *SPECTRA])
def test_a_table_that_lacks_a_column_is_refused_with_its_file_and_its_columns(name):
    made, table = (spectral, SPECTRA[name]) if name in SPECTRA else (whole_study, FILES[name])
    rows, figure = shown(made, table).tables[table], FIGURES[name]
    for column in figure.columns:
        with pytest.raises(ValueError, match=rf"lacks {column}; .* drawn from .*\.csv, which has .*{column}"):
            figure(rows.drop(columns=column), scale="width")
    if figure.sized:
        with pytest.raises(ValueError, match=r"lacks depth; .* name the column that grows with scale="):
            figure(rows, scale="depth")


def test_a_name_that_no_figure_has_and_a_path_are_told():
    with pytest.raises(KeyError, match=r"no figure 'trend'; there are .*'trends' \(trend.csv or trend-QUANTITY.csv\)"):
        FIGURES["trend"]
    with pytest.raises(TypeError, match=r"a str was given; read the table first: pandas.read_csv\('trend.csv'\)"):
        FIGURES["trends"]("trend.csv")
    assert "'phases' from phases.csv: case, the scale, rate, value" in repr(FIGURES)


@pytest.mark.parametrize("name", ["courses", "gaps", "rates"])
def test_a_size_has_the_colour_of_the_page_also_where_others_are_missing(name):
    rows = shown(whole_study, FILES[name]).tables[FILES[name]]
    figure = FIGURES[name](rows[rows["width"].isin([64, 128])], sizes=WIDTHS)
    (legend,) = figure.legends
    colors = {text.get_text().removeprefix("width "): line.get_color() for text, line in
              zip(legend.get_texts(), legend.get_lines(), strict=True)}  # fmt: skip
    assert colors == {str(size): size_colors(WIDTHS)[size] for size in (64, 128)}


def words(figure):
    figure.draw_without_rendering()
    return sorted(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def test_all_figures_have_documented_columns_and_refuse_nothing_that_is_empty():
    for name, found in FIGURES.items():
        described = found.draw.__doc__.partition("table: ")[2].partition("scale: ")[0]
        assert not [column for column in found.columns if column not in described], name
        figure = found(pd.DataFrame())
        assert not figure.axes
        assert "<svg" in svg_text(figure, salt=name)


def test_a_page_shows_the_spectra_that_were_measured_in_the_order_of_the_argument():
    names = [exhibit.name for exhibit in pages()[spectral]]
    start = names.index("eigenvalues-effective_sharpness")
    assert names[start : start + 4] == [
        "eigenvalues-effective_sharpness", "curvature_parts", "spectral_density", "kernel_spectrum",
    ]  # fmt: skip
    assert not {"curvature_parts", "spectral_density"} & {exhibit.name for exhibit in pages()[whole_study]}


def test_names_with_markup_are_drawn_as_they_are():
    red = r'<script>alert("1")</script> $\frac{$ 千'
    for exhibit in pages()[spectral]:
        for table, name in exhibit.tables.items():
            drawn = {file: key for key, file in {**FILES, **SPECTRA}.items()}
            if table in drawn and "case" in name:
                figure = FIGURES[drawn[table]](name.assign(case=red), scale="width")
                assert "<script>" not in svg_text(figure, salt="red")


@pytest.mark.parametrize("name", ["trends", "gaps"])
def test_a_further_entry_of_a_quantity_is_named_by_its_rank(name):
    table = shown(whole_study, FILES[name]).tables[FILES[name]].assign(index=3)
    labels = FIGURES[name](table).axes[0].get_ylabel().replace("\n", " ")
    assert "4th largest effective sharpness" in labels


def test_figures_that_answer_to_the_pointer_have_points_of_their_tables():
    for exhibit in pages()[spectral]:
        for chart in exhibit.charts:
            points = chart_points(chart, exhibit.tables[chart.table])
            assert points is not None, exhibit.name
            assert points["panels"]


def test_curves_of_laws_are_named_by_the_scale_that_grows():
    nothing = dict.fromkeys(("law", "expected", "from", "to"), np.nan)
    rows = pd.DataFrame({"case": "a", "depth": [2, 2, 4, 4], "x": [1, 10] * 2, "measured": [1, 0.1] * 2, **nothing})
    (legend,) = FIGURES["law_losses"](rows, scale="depth").legends
    assert [text.get_text() for text in legend.get_texts()] == ["depth 2", "4"]
