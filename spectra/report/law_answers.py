"""Whether theory and measurement agree, case by case, in a word and in a sentence."""

from dataclasses import dataclass

import numpy as np
from pandas import DataFrame, Series

from spectra.report.law_study import LawStudy
from spectra.report.verdicts import SIGNS
from spectra.report.words import counted, number

TONES = {
    "agrees": "same", "agrees at these steps": "same", "approaches with the width": "care", "differs": "change",
}  # fmt: skip
REACHED = 0.02
"""Share of the exponent of the law by which that of the exact expectation in the window may differ from it where the
law counts as reached: of the stored experiments some are within 0.6 % of it, and all others 3 % off or more."""
FEWEST_WIDTHS = 3
"""Widths from which on it is said that an exponent approaches; two are always in some order."""


@dataclass(frozen=True)
class Answer:
    """Whether theory and measurement of one case agree in the exponent.

    Attributes:
        case: Title of the case.
        kind: Where the law is reached in the window (`REACHED`), "agrees" if the interval of the exponent at the
            largest width holds that of the law or of the exact expectation in the same window. Where it is not, "agrees
            at these steps" if the interval holds that of the expectation, whatever it says of the law. Else "approaches
            with the width" if every larger width is nearer to the expectation, or "differs".
        reach: Half the interval as a share of the exponent of the expectation.
        sentence: The same with numbers.
    """

    case: str
    kind: str
    reach: float
    sentence: str

    @property
    def verdict(self) -> str:
        """The kind, and how sharp the comparison was where it found no difference."""
        return f"{self.kind}, ± {number(100 * self.reach, 2)} %" if self.kind.startswith("agrees") else self.kind

    @property
    def tone(self) -> str:
        """A colour: same, care or change."""
        return TONES[self.kind]

    @property
    def sign(self) -> str:
        """One sign for the tone, so that colour is not needed."""
        return SIGNS[self.tone]


def answers(study: LawStudy) -> list[Answer]:
    """One for each case with a theory."""
    rows = study.exponents[study.exponents["quantity"] == "xi"]
    rows = rows[np.isfinite(rows["law"].astype(float))]
    told = []
    for case in study.cases:
        here = rows[rows["case"] == case.title].sort_values("width")
        if case.theory is not None and len(here):
            last = here.iloc[-1]
            reach = float((last["high"] - last["low"]) / 2 / last["expected"])
            told.append(Answer(case.title, _kind(here), reach, _sentence(here, case.theory.limit)))
    return told


def _kind(rows: DataFrame) -> str:
    row = rows.iloc[-1]
    if abs(row["expected"] / row["law"] - 1) <= REACHED:
        if any(_held(row).values()):
            return "agrees"
    elif _held(row)["that of the expectation"]:
        return "agrees at these steps"
    gaps = (rows["measured"] - rows["expected"]).abs().to_numpy(dtype=np.float64)
    nearer = len(gaps) >= FEWEST_WIDTHS and bool((np.diff(gaps) < 0).all())
    return "approaches with the width" if nearer else "differs"


def _held(row: Series) -> dict[str, bool]:
    """Which of the two exponents of theory the interval of the measured one holds."""
    names = {"that of the law": "law", "that of the expectation": "expected"}
    return {told: bool(row["low"] <= row[name] <= row["high"]) for told, name in names.items()}


def _sentence(rows: DataFrame, limit: str) -> str:
    row = rows.iloc[-1]
    at = f"at width {number(row['width'], 6)} " if row["width"] else ""
    parts = [
        f"Measured {at}over steps {number(row['from'], 4)} to {number(row['to'], 6)}: {number(row['measured'], 4)} "
        f"[{number(row['low'], 4)} to {number(row['high'], 4)}], {counted(int(row['repetitions']), 'repetition')}",
        f"Law, a limit of late times: {number(row['law'], 4)}",
        f"Exact expectation in this window ({limit}): {number(row['expected'], 4)}, "
        f"{number(100 * abs(row['expected'] / row['law'] - 1), 2)} % from the law",
        f"The interval holds {' and '.join(told for told, held in _held(row).items() if held) or 'neither'}",
        f"At the last step the loss is {number(row['ratio'], 3)} of the law with its constant",
        *_narrower(rows),
    ]
    if np.isfinite(row["lazy"]):
        lazy = number(row["lazy"], 3)
        parts.append(f"On the training examples it is {lazy} of what their tangent kernel at the start predicts")
    return ". ".join(parts) + "."


def _narrower(rows: DataFrame) -> list[str]:
    others: list[Series] = [row for _, row in rows.iloc[:-1].iterrows()]
    told = ", ".join(f"{number(row['measured'], 3)} at {number(row['width'], 6)}" for row in others)
    return [f"Narrower networks have {told}"] if told else []
