from dataclasses import replace

import pytest

from spectra.report.verdicts import Verdict, headline, verdict_rows, verdicts


def test_every_question_is_answered_for_every_regime(known):
    answers = verdicts(known)
    assert [question.partition("?")[0] for question in answers] == [
        "Does the effective sharpness depend on the width",
        *["Does the best learning rate move with the width"] * 2,
    ]
    for pair in answers.values():
        assert [answer.regime for answer in pair] == ["muP", "NTK, matched at the base width"]
        assert [answer.sign for answer in pair] == ["✓", "✕"]


def test_sentences_lose_their_first_word_and_names_of_columns(known):
    first = next(iter(verdicts(known).values()))[0]
    assert first.sentence.startswith("Effective sharpness changes by at most 0.014")


@pytest.mark.parametrize(
    ("sentence", "lead", "rest"),
    [
        ("It falls by 5.0 % here. More.", "It falls by 5.0 % here.", "More."),
        ("It depends. By 3 %. More. Again.", "It depends. By 3 %.", "More. Again."),
        ("No numbers. At all.", "No numbers.", "At all."),
        ("One 1.", "One 1.", ""),
    ],
)
def test_the_lead_reaches_to_the_first_number(sentence, lead, rest):
    answer = Verdict("muP", "consistent", sentence, ())
    assert (answer.lead, answer.rest) == (lead, rest)


def test_the_table_of_verdicts_holds_the_worst_step(known):
    rows = verdict_rows(known).set_index(["regime", "question"])
    worst = rows.sort_index().loc[("ntk_matched", "consistency")].squeeze()
    assert worst["estimate"] == pytest.approx(-0.35)
    assert worst["unit"] == "log units per doubling of width, at step 120"
    assert worst["level"] == 0.90


def test_what_could_not_be_fitted_is_a_dash(known):
    fit = known.consistency["mup"]
    empty = replace(fit, trend=fit.trend.iloc[:0], growth=fit.growth.iloc[:0], fade=float("nan"))
    sheet = headline(replace(known, consistency={"mup": empty}, transfer={}))
    assert {row[1] for row in sheet.rows} <= {"–", ""}
