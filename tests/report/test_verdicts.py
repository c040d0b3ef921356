from dataclasses import replace

import pytest

from spectra.report.exhibits import exhibits
from spectra.report.headline import headline
from spectra.report.question import EDGE
from spectra.report.verdict_rows import verdict_rows
from spectra.report.verdicts import Verdict, verdicts


def test_every_question_is_answered_for_every_case(known):
    cards = verdicts(known)
    assert [(card.question.partition("?")[0], card.first) for card in cards] == [
        ("Does the effective sharpness depend on the width", True),
        ("Does the effective sharpness settle at the stability limit of the optimizer", False),
        ("Does the best learning rate move with the width", True),
        ("Does the best learning rate move with the width", False),
        ("Does the cost of a transferred rate vanish faster than the loss improves with the width", False),
        ("Is the larger width better at every learning rate", False),
    ]
    for card in cards:
        assert [answer.case for answer in card.answers] == ["muP", "NTK, matched at the base width"]
    assert [[answer.sign for answer in card.answers] for card in cards if card.first] == [["=", "≠"]] * 2


def test_sentences_lose_their_first_word_and_names_of_columns(known):
    first = verdicts(known)[0].answers[0]
    assert first.sentence.startswith("Effective sharpness changes by at most 0.014")


def test_no_heading_caption_or_answer_shows_the_name_of_a_column(known):
    """A page once asked whether the error depends "on the trained_examples"."""
    column = "trained_examples"
    question = replace(known.question, scale=column)
    exponents, table = (rows.rename(columns={"width": column}) for rows in (known.exponents, known.table))
    named = replace(known, question=question, exponents=exponents, table=table)
    case = named.cases[0]
    sentence = "Of two trained_exampless at trained_examples 64 the effective_sharpness is trained_examples^-0.5."
    told = replace(case.consistency[EDGE], sentence=sentence)
    named = replace(named, cases=(replace(case, consistency={EDGE: told}), *named.cases[1:]))
    cards = [text for card in verdicts(named) for text in (card.question, *(a.sentence for a in card.answers))]
    assert (
        "Of two training-set sizes at training-set size 64 the effective sharpness is training-set size^−0.5." in cards
    )
    shown = [text for each in exhibits(named) for text in (each.heading, each.caption, each.alternative)]
    heads = [cell for row in (headline(named).columns, *headline(named).rows) for cell in row[:1]]
    assert not [text for text in (*cards, *shown, *heads) if "_" in text]


def test_negative_numbers_have_a_true_minus_sign_and_words_keep_their_hyphens(known):
    case = known.cases[0]
    told = replace(
        case.consistency[EDGE], sentence="It goes by -2.1 % to -inf as width^-0.5, log-log, 1e-05.", notes=()
    )
    card = verdicts(replace(known, cases=(replace(case, consistency={EDGE: told}),)))[0]
    assert card.answers[0].sentence == "It goes by −2.1\u00a0% to −∞ as width^−0.5, log-log, 1e-05."


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
    answer = Verdict("muP", "super consistent", sentence, ())
    assert (answer.lead, answer.rest) == (lead, rest)


@pytest.mark.parametrize(
    ("word", "sign"),
    [
        ("super consistent", "="), ("consistent but accumulating", "!"), ("trivially consistent", "!"),
        ("inconsistent", "≠"), ("inconclusive", "?"), ("at the edge", "•"), ("fast", "•"), ("open", "?"),
    ],
)  # fmt: skip
def test_every_word_has_its_sign(word, sign):
    assert Verdict("muP", word, "So.", ()).sign == sign


def test_the_table_of_verdicts_holds_the_worst_step(known):
    rows = verdict_rows(known).set_index(["case", "question"])
    worst = rows.sort_index().loc[("NTK, matched at the base width", "consistency")].squeeze()
    assert worst["estimate"] == pytest.approx(-0.35)
    assert worst["unit"] == "log units per doubling of width, simultaneous band, at step 120"
    assert (worst["level"], worst["index"]) == (0.95, 0)


def test_numbers_beside_a_verdict_are_those_that_it_rests_on(known):
    """Once a row spoke of another step than its sentence: the interval reached farther there, but the slope did not."""
    case = next(case for case in known.cases if case.consistency[EDGE].verdict == "inconsistent")
    fit = case.consistency[EDGE]
    wide = fit.trend.assign(low=fit.trend["low"].where(fit.trend["step"] != 0, -3.0))
    rows = verdict_rows(replace(known, cases=(replace(case, consistency={EDGE: replace(fit, trend=wide)}),)))
    rows = rows.set_index("question")
    assert rows.loc["consistency", "unit"].endswith(", at step 120")
    cost, first = rows.loc["fast transfer"], case.transfer.fast.by_size.iloc[0]
    assert (cost["estimate"], cost["low"], cost["high"]) == (first["ratio"], first["ratio_low"], first["ratio_high"])
    assert (cost["margin"], cost["level"]) == (0.1, 0.95)


def test_what_could_not_be_fitted_has_no_row(known):
    case = known.cases[0]
    fit = case.consistency[EDGE]
    gap = replace(fit.accumulation, exponent=float("nan"), largest=float("inf"), word="open")
    empty = replace(
        fit, trend=fit.trend.iloc[:0], growth=fit.growth.iloc[:0], fade=float("nan"), accumulation=gap
    )  # fmt: skip
    bare = replace(known, cases=(replace(case, consistency={EDGE: empty}, transfer=None),))
    assert [row[1:] for row in headline(bare).rows] == [("open",)]


def test_many_cases_stand_below_one_another(known):
    many = tuple(replace(known.cases[0], title=f"case {number}") for number in range(7))
    sheet = headline(replace(known, cases=many))
    assert [row[0] for row in sheet.rows] == [case.title for case in many]
    assert all(len(row) == len(sheet.columns) for row in sheet.rows)
