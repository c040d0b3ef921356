"""Every figure of the mapping can be drawn again from the file that a page leaves of its table."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from spectra.report import FIGURES
from spectra.report.chart_points import chart_points
from spectra.report.exhibits import exhibits
from spectra.report.spreadsheets import write_csv
from spectra.report.style import svg_text
from tests.report.spectral_table import spectral_table
from tests.report.synthetic_study import fitted, whole_study

FILES = {
    "courses": "effective_sharpness",
    "trends": "trend",
    "gaps": "gap", "scatter": "noise", "size_gaps": "size-gap", "phases": "phases",
    "regrets": "regret", "loss_exponents": "exponents",
}  # fmt: skip
"""Tables of the pages of studies, by the names of the figures."""
SPECTRA = {
    "eigenvalues": "eigenvalues-effective_sharpness", "curvature_parts": "curvature_parts",
    "spectral_density": "spectral_density", "kernel_spectrum": "kernel_spectrum",
}  # fmt: skip


@cache
def spectral():
    return fitted(spectral_table())


@cache
def pages():
    return {study: exhibits(study()) for study in (spectral, whole_study)}


def shown(study, table):
    (found,) = [exhibit for exhibit in pages()[study] if table in exhibit.tables]
    return found


@pytest.mark.parametrize("name", [*FILES, *SPECTRA])
def test_a_figure_drawn_from_its_file_is_the_figure_of_the_page(name, tmp_path):
    made, table = (spectral, SPECTRA[name]) if name in SPECTRA else (whole_study, FILES[name])
    exhibit, study = shown(made, table), made()
    # A file has seven digits, and a picture fewer.
    read = pd.read_csv(write_csv(exhibit.tables[table], tmp_path / "table.csv"))
    again = FIGURES[name](read, scale=study.scale, sizes=study.sizes)
    figure = exhibit.draw()
    assert words(again) == words(figure)
    for one, other in zip(figure.axes, again.axes, strict=True):
        for drawn, redrawn in zip(one.lines, other.lines, strict=True):
            assert drawn.get_color() == redrawn.get_color()
            np.testing.assert_allclose(np.array(redrawn.get_ydata(), float), np.array(drawn.get_ydata(), float), 1e-5)


def words(figure):
    figure.draw_without_rendering()
    return sorted(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def test_all_figures_have_documented_columns_and_refuse_nothing_that_is_empty():
    for name, draw in FIGURES.items():
        assert "Args:\n        table: " in draw.__doc__, name
        figure = draw(pd.DataFrame())
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
        if exhibit.chart is not None:
            points = chart_points(exhibit.chart, exhibit.tables[exhibit.chart.table])
            assert points is not None, exhibit.name
            assert points["panels"]
