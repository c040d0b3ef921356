"""`spectra report --style`: the same figures for a paper, for slides, for a dark ground."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spectra.cli import styled_figures
from spectra.cli.application import app
from spectra.cli.styled_figures import asked_look, write_styled
from spectra.report import exhibits
from spectra.report.look import look
from tests.report.law_tables import SPHERE, gathered, of_theory, table
from tests.report.synthetic_study import real_study


@pytest.mark.parametrize(
    ("style", "columns", "wanted"),
    [
        (None, None, None),
        (None, 1, look("paper", columns=1)),
        ("paper", None, look("paper")),
        ("talk", None, look("talk")),
    ],
)
def test_columns_alone_mean_a_paper_and_nothing_means_none(style, columns, wanted):
    assert asked_look(style, columns) == wanted


@pytest.mark.parametrize("asked", [["--style", "poster"], ["--columns", "3"], ["--style", "talk", "--columns", "1"]])
def test_what_there_is_not_is_bad_input_before_anything_is_read(asked):
    done = CliRunner().invoke(app, ["report", "absent.toml", *asked])
    assert done.exit_code == 2
    assert "use 1 or 2" in done.output or "there are paper" in done.output or "only paper has columns" in done.output


@pytest.mark.parametrize("kind", ["judged", "laws"])
def test_every_figure_of_a_page_is_written_beside_it(kind, tmp_path, monkeypatch):
    study = replace(real_study(), cases=()) if kind == "judged" else gathered(table(*of_theory(SPHERE)))
    drawn = {}
    monkeypatch.setattr(styled_figures, "write_figures", lambda figures, folder, wanted: drawn.update(figures))
    folder = write_styled(study, tmp_path, look("dark"))
    assert folder == Path(tmp_path / "figures-dark")
    names = [exhibit.name for exhibit in exhibits(study)] if kind == "judged" else ["losses", "exponents"]
    assert list(drawn) == names
