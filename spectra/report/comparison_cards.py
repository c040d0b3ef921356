"""What comparisons say: one answer for every compared value, over all combinations of the other settings."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from pandas import DataFrame

from spectra.report.comparison_names import listed, plain_sentence, quantity_name, row_titles, rows_of, value_title
from spectra.report.verdicts import Card, Verdict, typeset
from spectra.report.words import number
from spectra.verdicts.paired_comparison import PairedComparison
from spectra.verdicts.paired_words import EQUAL, HIGHER, LOWER, OPEN
from spectra.verdicts.verdict import capital

SHOWN = 12  # combinations of one word that are told with their numbers
FEW = 3  # combinations that are told with their numbers at once
WORDS = (LOWER, HIGHER, EQUAL, OPEN)


def comparison_cards(found: Sequence[PairedComparison]) -> list[Card]:
    """One question for every comparison."""
    return [
        Card(
            question(comparison),
            tuple(_answers(comparison)),
            "comparison",
            notes=tuple(map(typeset, (*_errors(comparison), *comparison.notes))),
        )
        for comparison in found
    ]


def question(comparison: PairedComparison) -> str:
    """What is asked, in words."""
    values, when = listed([value_title(comparison, value) for value in comparison.values]), comparison.pairing.when
    if comparison.pairing.by == "quantity":
        return f"Do the {values} differ {when}?"
    named = " ".join(filter(None, [quantity_name(comparison), when]))
    return f"Does the {named} differ between {values}?"


def _answers(comparison: PairedComparison) -> list[Verdict]:
    rows = comparison.rows.assign(case=row_titles(comparison.rows, comparison.settings))
    reference, *others = [value_title(comparison, value) for value in comparison.values]
    answers = []
    for value, title in zip(comparison.values[1:], others, strict=True):
        here = rows_of(rows, value)
        if here.empty:
            continue
        sentence = typeset(_sentence(here, comparison, reference))
        details = tuple(map(typeset, _details(here, comparison, reference)))
        answers.append(Verdict(f"{title} against {reference}", _word(here), sentence, (), details))
    return answers


def _word(rows: DataFrame) -> str:
    """The word of all combinations, or that they differ."""
    present = [word for word in WORDS if (rows["word"] == word).any()]
    if len(present) == 1:
        return present[0]
    if {LOWER, HIGHER} <= set(present):
        return "lower and higher"
    return f"{present[0].split()[0]} in part"


def _sentence(rows: DataFrame, comparison: PairedComparison, reference: str) -> str:
    if len(rows) == 1:
        return plain_sentence(comparison, rows.to_dict("records")[0])
    counts = [f"{word} in {count}" for word in WORDS if (count := int((rows["word"] == word).sum()))]
    counts[0] += f" of {len(rows)} combinations of settings"
    changes = rows["change"].astype(float).dropna()
    if changes.empty:
        return f"{capital(', '.join(counts))}."
    told = f"{capital(', '.join(counts))}: {comparison.pairing.form} to {reference}"
    if len(rows) <= FEW:
        return f"{told} {_told(rows)} ({number(100 * comparison.pairing.level)} % intervals)."
    low, middle, high = (number(each) for each in (changes.min(), changes.median(), changes.max()))
    return f"{told} estimated between {low} and {high}, in the median {middle}."


def _details(rows: DataFrame, comparison: PairedComparison, reference: str) -> list[str]:
    """The numbers of every combination, a sentence for each word."""
    told = list[str]()
    for word in WORDS if len(rows) > FEW else ():
        here = rows[rows["word"] == word]
        more = f"; and {len(here) - SHOWN} more" if len(here) > SHOWN else ""
        shown = _told(here.head(SHOWN))
        told += [f"{capital(word)} ({comparison.pairing.form} to {reference}): {shown}{more}."] if len(here) else []
    return told


def _told(rows: DataFrame) -> str:
    """Every combination with its number and interval."""
    return "; ".join(f"{_change(row)} for {row['case']}" for row in rows.to_dict("records"))


def _change(row: Mapping[Hashable, Any]) -> str:
    middle, low, high = (number(row[name]) for name in ("change", "low", "high"))
    return "no number" if middle == "–" else f"{middle} [{low} to {high}]"


def _errors(comparison: PairedComparison) -> list[str]:
    """How often words are wrong where many are said."""
    count, wrong = len(comparison.rows), 1 - comparison.pairing.level
    if count < 2:
        return []
    return [
        f"Each of the {count} comparisons is judged by itself. Were there no difference anywhere, chance would still "
        f"call {number(100 * wrong)} % of them lower or higher: {number(count * wrong, 2)} of {count} in the mean."
    ]
