"""Comparisons on a page: answers, figures, tables, and what could not be compared."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spectra.report.comparison_cards import comparison_cards
from spectra.report.comparison_exhibit import comparison_exhibits
from spectra.report.comparison_figure import axis_of, compared
from spectra.report.comparison_names import axis_title
from spectra.report.comparison_tables import comparison_rows, comparisons
from spectra.verdicts.pairing import Pairing
from tests.verdicts.paired_tables import paired_table

EXPANSION = Pairing("test_error", "expansion")
SCATTER = 0.02 * np.random.default_rng(5).standard_normal((4, 5))


def of(changes, pairing=EXPANSION, **options):
    found, notes = comparisons(
        paired_table(np.asarray(changes)[:, None] + SCATTER[: len(changes)], **options), [pairing]
    )
    assert not notes
    return found


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ([-0.5], "lower"), ([0.5, 0.5], "higher"), ([-0.5, 0.5], "lower and higher"), ([-0.5, 0.0], "lower in part"),
        ([0.0, 0.5], "higher in part"), ([0.0, 0.0], "open"),
    ],
)  # fmt: skip
def test_one_word_stands_for_all_combinations(changes, word):
    (card,) = comparison_cards(of(changes))
    (answer,) = card.answers
    assert (answer.case, answer.verdict) == ("taylor against network", word)
    assert answer.tone == ("open" if word == "open" else "plain")
    assert card.question == "Does the test error at the last step differ between network and taylor?"


def test_a_few_combinations_are_told_at_once_with_their_intervals():
    (card,) = comparison_cards(of([-0.5, -0.5, 0.0]))
    (answer,) = card.answers
    assert answer.lead.startswith("Lower in 2 of 3 combinations of settings, open in 1: ratio to network 0.6")
    assert answer.lead.count(" to ") == 4  # three of them are within intervals
    assert answer.details == ()
    assert "chance would still call 5\u00a0% of them lower or higher: 0.15 of 3 in the mean" in card.notes[0]


def test_many_combinations_are_told_with_their_numbers_and_errors():
    (card,) = comparison_cards(of([-0.5, -0.5, 0.0, 0.0]))
    (answer,) = card.answers
    assert "combinations of settings, open in 1: ratio to network estimated between 0.6" in answer.lead
    lower, left = answer.details
    assert lower.startswith("Lower (ratio to network): 0.6")
    assert "for target 2" in lower
    assert left.startswith("Open (ratio to network): ")


@pytest.mark.parametrize(
    ("quantity", "title"),
    [("laplace_loss", "20 features"), ("laplace_kernel_error_by_landmarks", "20 landmarks"), ("other", "entry 20")],
)
def test_an_index_is_told_by_what_it_counts(quantity, title):
    rows = [
        {"run": str(seed), "seed": seed, "step": 0, "quantity": quantity, "index": index, "value": 1.0 + index + seed}
        for seed in range(4)
        for index in (0, 20)
    ]
    found, _ = comparisons(pd.DataFrame(rows), [Pairing(quantity, "index", (0, 20))])
    (card,) = comparison_cards(found)
    assert card.answers[0].case == f"{title} against {title.replace('20', '0')}"


def test_a_single_combination_is_told_in_its_own_sentence_with_titles():
    (card,) = comparison_cards(of([-0.5], Pairing("test_error", "regime"), by="regime", values=("mup", "ntk_matched")))
    assert "at NTK, matched at the base width is 0.6" in card.answers[0].sentence
    assert "that at muP (95\u00a0% interval" in card.answers[0].sentence


@pytest.mark.parametrize("form", ["ratio", "difference"])
def test_the_axis_is_the_setting_with_the_most_numbers(form):
    table = paired_table(SCATTER, names=("target",))
    both = pd.concat([table.assign(width=width, run=table["run"] + str(width)) for width in (8, 16)])
    (found,), _ = comparisons(both, [Pairing("test_error", "expansion", form=form)])
    assert axis_of(found) == "target"
    (exhibit,) = comparison_exhibits([found])
    figure = exhibit.draw()
    assert [panel.get_title(loc="left") for panel in figure.axes if panel.get_title(loc="left")] == [
        "width 8",
        "width 16",
    ]
    (line, *_) = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 4]
    means = found.means[(found.means["width"] == 8) & (found.means["compared"] == "network")]
    np.testing.assert_allclose(line.get_ydata(), means["mean"])
    assert "against target" in exhibit.caption


def test_deviations_of_a_count_are_cut_at_zero_and_the_caption_says_so():
    table = paired_table(np.zeros((2, 4)))
    table["value"] = ((table["quantity"] == "test_error") & (table["seed"] == 0)).astype(float)
    (counts,), _ = comparisons(table, [Pairing("test_error", "expansion", form="difference")])
    (exhibit,) = comparison_exhibits([counts])
    assert ", cut at zero, below which no run lies." in exhibit.caption
    (band, *_) = exhibit.draw().axes[0].collections
    assert band.get_paths()[0].vertices[:, 1].min() == 0
    assert "cut at zero" not in comparison_exhibits(of([0.0, 0.5]))[0].caption


def test_runs_that_lack_the_number_of_the_axis_stand_in_the_table_only():
    table = pd.concat(
        [paired_table(SCATTER), paired_table(SCATTER[:1]).assign(target=np.nan, run=lambda r: r["run"] + "n")]
    )
    table["data"] = np.where(table["target"].isna(), "halves", "eigenfunctions")
    (found,), _ = comparisons(table, [EXPANSION])
    (exhibit,) = comparison_exhibits([found])
    assert "Runs without target stand in the table only." in exhibit.caption
    assert len(exhibit.sheets[0].rows) == 5
    assert exhibit.sheets[0].rows[-1][0] == "halves"
    assert len(exhibit.draw().axes) == 2


def test_a_panel_with_the_reference_alone_takes_nothing_from_the_others():
    table = paired_table(SCATTER).assign(regime="ntk")
    alone = table[table["expansion"] == "network"].assign(regime="mup", run=lambda rows: rows["run"] + "m")
    (found,), _ = comparisons(pd.concat([table, alone]), [EXPANSION])
    (exhibit,) = comparison_exhibits([found])
    figure = exhibit.draw()
    lower = [panel for panel in figure.axes if not panel.get_title(loc="left")]
    drawn = [sum(len(line.get_xdata()) == 4 for line in panel.lines) for panel in lower]
    assert sorted(drawn) == [0, 1]


def test_without_a_number_beside_them_the_values_are_the_axis():
    (found,) = of([-0.5])
    assert axis_of(found) is None
    (exhibit,) = comparison_exhibits([found])
    figure = exhibit.draw()
    labels = [label.get_text() for label in figure.axes[1].get_xticklabels()]
    assert labels == ["network", "taylor"]
    assert not figure.legends  # the axis has the names already
    assert 1.0 in figure.axes[1].get_yticks()


def test_layers_and_entries_on_the_axis_are_named():
    (found,) = of([-0.5])
    names = [("test_feature_dimension", "layer"), ("laplace_loss", "features"), ("loss", "entry")]
    for quantity, told in names:
        asked = replace(found, pairing=replace(found.pairing, by="index", quantity=quantity))
        assert axis_title(asked, None) == told
    assert axis_title(found, "train_examples") == "train examples"


def test_a_comparison_without_values_has_no_figure():
    (found,) = of([-0.5], Pairing("test_error", "expansion", at=7))
    assert comparison_exhibits([found]) == []
    assert "No run has a test error" in compared(found).texts[0].get_text().replace("\n", " ")
    assert set(found.rows["word"]) == {"open"}


def test_many_panels_and_rows_are_cut_and_counted():
    table = paired_table(np.zeros((31, 3))).assign(host=lambda rows: "host " + rows["target"].astype(str))
    table["task"] = table.pop("target").map(lambda number: f"task {number}")
    (found,), _ = comparisons(table, [Pairing("test_error", "step", (0, 10))])
    (exhibit,) = comparison_exhibits([found])
    assert exhibit.sheets[0].last[0][0] == "and 2 more, in comparisons.csv"
    assert "53 further panels are not drawn" in exhibit.caption
    assert len(exhibit.draw().axes) == 18


def test_rows_hold_what_was_asked_and_what_was_found():
    found = (*of([-0.5, -0.5]), *of([0.1], Pairing("test_error", "step")))
    rows = comparison_rows(found)
    assert rows["comparison"].tolist() == [1, 1, 2, 2]
    assert rows["case"].tolist() == ["target 1", "target 2", "network", "taylor"]
    assert rows["target"].tolist()[:2] == [1, 2]
    assert rows["word"].tolist()[:2] == ["lower", "lower"]
    assert {"change", "low", "high", "level", "pairs", "unpaired", "lost", "sentence"} <= set(rows)


def test_what_cannot_be_compared_becomes_a_note():
    found, notes = comparisons(
        paired_table(SCATTER), [EXPANSION, Pairing("test_error", "widht"), Pairing("los", "target")]
    )
    assert len(found) == 1
    assert notes[0].startswith("Comparison of test_error by widht: the table has no setting 'widht'")
    assert notes[1].startswith("Comparison of los by target: the table has no quantity 'los'")
    assert comparisons(pd.DataFrame(), [EXPANSION]) == ((), [])
