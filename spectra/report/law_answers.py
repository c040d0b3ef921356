"""Whether theory and measurement agree, case by case, in a word and in a sentence."""

from dataclasses import dataclass

import numpy as np
from pandas import DataFrame, Series

from spectra.report.law_study import LawStudy
from spectra.report.words import counted, number

TONES = {
    "agrees": ("good", "✓"),
    "agrees at these steps": ("good", "✓"),
    "approaches": ("care", "!"),
    "differs": ("bad", "✕"),
}


@dataclass(frozen=True)
class Answer:
    """Whether theory and measurement of one case agree.

    Attributes:
        case: Title of the case.
        verdict: "agrees" if the interval of the exponent at the largest width holds that of the law, "agrees at these
            steps" if it holds only that of the exact expectation in the same window, "approaches" if it holds neither
            and every larger width is nearer to the expectation, else "differs".
        sentence: The same with numbers.
    """

    case: str
    verdict: str
    sentence: str

    @property
    def tone(self) -> str:
        """A colour: good, care or bad."""
        return TONES[self.verdict][0]

    @property
    def sign(self) -> str:
        """One sign for the tone, so that colour is not needed."""
        return TONES[self.verdict][1]


def answers(study: LawStudy) -> list[Answer]:
    """One for each case with a theory."""
    rows = study.exponents[study.exponents["quantity"] == "xi"]
    rows = rows[np.isfinite(rows["law"].astype(float))]
    told = []
    for case in study.cases:
        here = rows[rows["case"] == case.title].sort_values("width")
        if case.theory is not None and len(here):
            told.append(Answer(case.title, _verdict(here), _sentence(here, case.theory.limit)))
    return told


def _verdict(rows: DataFrame) -> str:
    largest = rows.iloc[-1]
    if largest["low"] <= largest["law"] <= largest["high"]:
        return "agrees"
    if largest["low"] <= largest["expected"] <= largest["high"]:
        return "agrees at these steps"
    gaps = (rows["measured"] - rows["expected"]).abs().to_numpy(dtype=np.float64)
    return "approaches" if len(gaps) > 2 and bool((np.diff(gaps) < 0).all()) else "differs"


def _sentence(rows: DataFrame, limit: str) -> str:
    row = rows.iloc[-1]
    at = f"at width {number(row['width'], 6)} " if row["width"] else ""
    parts = [
        f"Measured {at}over steps {number(row['from'], 4)} to {number(row['to'], 6)}: {number(row['measured'], 4)} "
        f"[{number(row['low'], 4)} to {number(row['high'], 4)}], {counted(int(row['repetitions']), 'repetition')}",
        f"Law: {number(row['law'], 4)}",
        f"{limit.capitalize()} has {number(row['expected'], 4)} in this window",
        f"At its end the loss is {number(row['ratio'], 3)} of what the law says, constant included",
        *_narrower(rows),
    ]
    if np.isfinite(row["lazy"]):
        lazy = number(row["lazy"], 3)
        parts.append(f"On the training examples it is {lazy} of what their kernel at the start predicts")
    return ". ".join(parts) + "."


def _narrower(rows: DataFrame) -> list[str]:
    others: list[Series] = [row for _, row in rows.iloc[:-1].iterrows()]
    told = ", ".join(f"{number(row['measured'], 3)} at {number(row['width'], 6)}" for row in others)
    return [f"Narrower networks have {told}"] if told else []
