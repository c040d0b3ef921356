"""A page without verdicts across sizes shows every case, and compares it with theory where there is one."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from spectra.report import write_law_page
from spectra.report.law_answers import answers
from spectra.report.law_exhibits import law_exhibits
from spectra.report.law_theory import loss_theory
from spectra.report.law_words import HEADS, exponent_sheet
from tests.report.law_tables import SPHERE, STEPS, STREAM, gathered, of_theory, run, table


def test_runs_that_differ_in_width_and_seeds_alone_are_one_case():
    settings = [SPHERE, SPHERE | {"target": "neuron"}, SPHERE | {"target": "neuron", "width": 128}]
    study = gathered(table(*(one for each in settings for one in of_theory(each))))
    assert [case.title for case in study.cases] == ["indicator, d = 2", "ReLU neuron, d = 2"]
    assert study.widths == [64, 128]
    assert study.exponents.groupby("case", sort=False)["repetitions"].agg(list).tolist() == [[4], [4, 4]]


def test_a_loss_that_follows_the_expectation_agrees_and_one_that_bends_differs():
    for bend, verdict in ((0.0, "agrees"), (0.1, "differs")):
        study = gathered(table(*of_theory(SPHERE, bend=bend)))
        (row,) = study.exponents.to_dict("records")
        assert row["measured"] == pytest.approx(0.5 - bend, abs=0.003)
        assert (row["law"], row["expected"]) == (pytest.approx(0.5), pytest.approx(0.5, abs=0.003))
        assert (row["from"] >= 200, row["to"]) == (True, 2000)
        (answer,) = answers(study)
        assert answer.kind.startswith(verdict)
        reach = 100 * (row["high"] - row["low"]) / 2 / 0.5
        assert answer.verdict == (f"{answer.kind}, ± {reach:.2g} %" if verdict == "agrees" else verdict)
        assert "4 repetitions" in answer.sentence


def test_far_from_the_limit_a_measurement_can_agree_with_the_expectation_alone():
    study = gathered(table(*of_theory(SPHERE | {"target": "neuron", "dimension": 3})))
    (answer,) = answers(study)
    assert answer.kind == "agrees at these steps"
    assert "0.9311, 6.9 % from the law" in answer.sentence


def test_one_run_has_the_interval_of_its_fit():
    (row,) = gathered(table(*of_theory(SPHERE, seeds=(1,)))).exponents.to_dict("records")
    assert row["low"] < row["measured"] < row["high"]


def test_repetitions_are_draws_of_the_data_where_there_are_several():
    settings = [STREAM | {"data_seed": seed} for seed in (1, 2, 3)]
    study = gathered(table(*(one for each in settings for one in of_theory(each, seeds=(1, 2)))))
    assert study.exponents["repetitions"].tolist() == [3]


def test_kernels_are_compared_with_the_spectrum_of_theory():
    spectrum = loss_theory(SPHERE).spectrum
    own = np.append(spectrum.tails[:255] - spectrum.tails[1:256], spectrum.tails[255])
    extra = [(0, "tangent_kernel", index, 0.5 * value) for index, value in enumerate(spectrum.eigenvalues[:256])]
    extra += [(0, "tangent_kernel_coefficient", index, value) for index, value in enumerate(own)]
    losses = loss_theory(SPHERE).mean_loss(STEPS.astype(float))
    rows = gathered(run(SPHERE, losses, extra=extra)).exponents.set_index("quantity")
    assert list(rows.index) == ["xi", "nu", "kappa"]
    for name in ("nu", "kappa"):
        assert rows.loc[name, "measured"] == pytest.approx(rows.loc[name, "expected"])
        assert rows.loc[name, "law"] == pytest.approx({"nu": 2, "kappa": 1}[name])


def test_the_page_holds_verdicts_figures_and_numbers_and_loads_nothing(tmp_path):
    page = write_law_page(gathered(table(*of_theory(SPHERE)), missing=2), tmp_path / "page")
    text = page.read_text()
    for part in ("Laws?", "agrees", "indicator, d = 2", "<svg", "2 runs of the recipe not finished"):
        assert part in text
    assert "http-equiv" in text
    assert 'src="' not in text
    assert {path.name for path in (tmp_path / "page").iterdir()} == {"index.html", "fits.csv", "fits.tex", "figures"}
    drawn = pd.read_csv(tmp_path / "page" / "figures" / "losses.csv")
    assert list(drawn.columns) == ["case", "width", "x", "measured", "law", "expected", "from", "to"]


def test_the_small_version_of_a_recipe_is_said_to_be_one(tmp_path):
    study = gathered(table(*of_theory(SPHERE)), small=True)
    text = write_law_page(study, tmp_path).read_text()
    assert "too few runs and steps to say anything" in text
    assert "spectra run laws.toml --smoke" in text


def test_runs_without_a_theory_have_a_page_too(tmp_path):
    settings = STREAM | {"optimizer": "adam", "data": "digits<b>"}
    losses = 3 * STEPS**-0.4
    rows = table(*(run(settings | {"rate": rate}, losses) for rate in (0.1, 0.2)))
    study = gathered(rows)
    assert [case.title for case in study.cases] == ["rate 0.1", "rate 0.2"]
    assert study.exponents["measured"].tolist() == pytest.approx([0.4, 0.4])
    assert not answers(study)
    page = write_law_page(study, tmp_path).read_text()
    assert "no theory here is about its runs" in page
    assert not re.search("exact expectation|Dashed: the law", page)
    assert "How the test loss changes" in page


def test_the_convention_of_the_loss_is_said_once_and_idle_columns_are_left_out(tmp_path):
    study = gathered(table(*of_theory(STREAM)))
    text = write_law_page(study, tmp_path).read_text()
    assert text.count("takes 2 r units of its time") == 1
    shown = tuple(head for head in HEADS if head not in ("width", "repetitions", "lazy"))
    assert exponent_sheet(study).columns == shown
    assert all(len(row) == len(shown) for row in exponent_sheet(study).rows)


@pytest.mark.parametrize("count", [2, 3, 9])
def test_no_title_of_a_panel_is_wider_than_its_panel(count):
    settings = [STREAM | {"optimizer": "adam", "data": f"data with a long name of its own {n}"} for n in range(count)]
    study = gathered(table(*(run(each, 3 * STEPS**-0.4) for each in settings)))
    for figure in (exhibit.draw() for exhibit in law_exhibits(study)):
        figure.canvas.draw()
        edge = figure.get_window_extent().x1
        boxes = [axis.title.get_window_extent() for axis in figure.axes]
        assert all(box.x1 <= edge for box in boxes)
        assert not any(one.overlaps(other) for one, other in pairwise(boxes))


def test_diverged_runs_are_left_out_and_counted():
    gone = run(SPHERE | {"seed": 9}, np.full(len(STEPS), 9.0), diverged=1.0)
    study = gathered(table(*of_theory(SPHERE), gone))
    assert study.exponents["repetitions"].tolist() == [4]
    assert "1 run diverged" in study.notes[0]


@pytest.mark.parametrize(
    ("bends", "verdict"), [((0.3, 0.2, 0.1), "approaches with the width"), ((0.1, 0.2, 0.1), "differs")]
)
def test_networks_that_come_nearer_with_every_width_approach(bends, verdict):
    widths = zip((16, 32, 64), bends, strict=True)
    rows = table(*(one for width, bend in widths for one in of_theory(SPHERE | {"width": width}, bend=bend)))
    (answer,) = answers(gathered(rows))
    assert answer.verdict == verdict
    assert "Narrower networks have" in answer.sentence


def test_without_exponents_there_is_no_figure_table_or_file_of_them(tmp_path):
    settings = STREAM | {"optimizer": "adam", "data": "digits"}
    whole = gathered(table(run(settings, 3 * STEPS**-0.4)))
    write_law_page(whole, tmp_path)
    bare = replace(whole, exponents=whole.exponents.iloc[:0])
    text = write_law_page(bare, tmp_path).read_text()
    assert [exhibit.name for exhibit in law_exhibits(bare)] == ["losses"]
    assert not any(told in text for told in ("All exponents", "fits.csv", "fits.tex", "exponents.csv"))
    assert {path.name for path in tmp_path.iterdir()} == {"index.html", "figures"}


@pytest.mark.parametrize(
    ("measured", "half", "expected", "kind", "held"),
    [
        (0.70, 0.50, 0.70, "agrees at these steps", "that of the law and that of the expectation"),
        (0.70, 0.10, 0.70, "agrees at these steps", "that of the law and that of the expectation"),
        (0.70, 0.01, 0.70, "agrees at these steps", "that of the expectation"),
        (0.80, 0.06, 0.70, "differs", "that of the law"),
        (0.70, 0.50, 0.76, "agrees", "that of the law and that of the expectation"),
        (0.70, 0.055, 0.76, "agrees", "that of the law"),
        (0.70, 0.01, 0.76, "differs", "neither"),
    ],
)
def test_the_width_of_an_interval_does_not_say_that_the_law_is_reached(measured, half, expected, kind, held):
    """The law is 0.75: an expectation of 0.76 has reached it, and one of 0.7 has not, whatever was measured."""
    study = gathered(table(*of_theory(SPHERE)))
    numbers = {"measured": measured, "low": measured - half, "high": measured + half, "expected": expected}
    (answer,) = answers(replace(study, exponents=study.exponents.assign(law=0.75, **numbers)))
    assert answer.kind == kind
    assert f"The interval holds {held}." in answer.sentence
