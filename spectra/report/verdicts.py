"""The answers first: one verdict per regime and question, and the numbers behind them side by side."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pandas import DataFrame

from spectra.report.sheet import Sheet
from spectra.report.study import CRITERIA, Study
from spectra.report.words import clean, criterion_title, number, percent, quantity_title, regime_title, signed, span
from spectra.verdicts import RateTransfer, SuperConsistency

# How a verdict is shown: the word always stands beside the sign, and the colour only repeats it.
TONES = {
    "consistent": "good", "transfers": "good", "inconsistent": "bad", "drifts": "bad",
    "trivially consistent": "care", "censored": "care",
}  # fmt: skip
SIGNS = {"good": "✓", "bad": "✕", "care": "!", "open": "?"}
COLUMNS = [
    "regime", "question", "quantity", "verdict", "estimate", "low", "high", "level", "margin", "unit", "sentence",
]  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """The answer for one regime to one question.

    Attributes:
        regime: Title of the regime.
        verdict: The answer in a word.
        sentence: The answer in words with numbers.
        notes: What a reader must know besides.
    """

    regime: str
    verdict: str
    sentence: str
    notes: tuple[str, ...]

    @property
    def lead(self) -> str:
        """The answer: its sentences up to the first one with a number."""
        sentences = self.sentence.removesuffix(".").split(". ")
        count = next((i for i, each in enumerate(sentences) if any(map(str.isdigit, each))), 0) + 1
        return ". ".join(sentences[:count]) + "."

    @property
    def rest(self) -> str:
        """What follows it: how far the answer reaches."""
        return self.sentence.removeprefix(self.lead.removesuffix(".")).lstrip(". ")

    @property
    def tone(self) -> str:
        """good, bad, care or open."""
        return TONES.get(self.verdict, "open")

    @property
    def sign(self) -> str:
        """One sign for the tone, so that colour is not needed."""
        return SIGNS[self.tone]


def verdicts(study: Study) -> dict[str, list[Verdict]]:
    """Answers by question, one per regime: consistency first, then transfer by every criterion."""
    answers: dict[str, list[Verdict]] = {}
    for regime in study.regimes:
        if regime in study.consistency:
            fit = study.consistency[regime]
            question = f"Does the {quantity_title(fit.quantity)} depend on the {clean(fit.scale)}?"
            answers.setdefault(question, []).append(_verdict(regime, fit, fit.quantity))
    for criterion in CRITERIA:
        for regime in study.regimes:
            moved = study.transfer.get(regime, {}).get(criterion)
            if moved is not None:
                judged = f"Judged by the {criterion_title(criterion)}"
                question = f"Does the best learning rate move with the {clean(moved.scale)}? {judged}"
                answers.setdefault(question, []).append(_verdict(regime, moved, criterion))
    return answers


def _verdict(regime: str, fit: SuperConsistency | RateTransfer, quantity: str) -> Verdict:
    # The word stands beside the sentence already, and a column's name is no word.
    sentence = fit.sentence.removeprefix(f"{fit.verdict.capitalize()}: ").replace(quantity, quantity_title(quantity))
    notes = tuple(note.replace(quantity, quantity_title(quantity)) for note in fit.notes)
    sentence = (sentence[:1].upper() + sentence[1:]).replace(" %", "\u00a0%")
    return Verdict(regime_title(regime), fit.verdict, sentence, notes)


def verdict_rows(study: Study) -> DataFrame:
    """The same answers as rows of verdicts.csv, with estimate and interval."""
    rows: list[tuple[object, ...]] = []
    for regime in study.regimes:
        if regime in study.consistency:
            fit = study.consistency[regime]
            worst = _worst(fit)
            rows.append(
                (regime, "consistency", fit.quantity, fit.verdict, *worst[1:], fit.fade_interval.level, fit.margin,
                 f"log units per doubling of {fit.scale}, at step {worst[0]}", fit.sentence)
            )  # fmt: skip
        for criterion, moved in study.transfer.get(regime, {}).items():
            ends = moved.drift_interval
            rows.append(
                (regime, "transfer", criterion, moved.verdict, moved.drift, ends.low, ends.high, ends.level,
                 moved.drift_margin, f"octaves of learning rate per doubling of {moved.scale}", moved.sentence)
            )  # fmt: skip
    return DataFrame(rows, columns=COLUMNS)


def headline(study: Study) -> Sheet:
    """The numbers behind the verdicts, one column per regime."""
    regimes = [r for r in study.regimes if r in study.consistency or study.transfer.get(r)]
    scale = clean(study.scale)
    ends = " and ".join(number(size, 6) for size in {min(study.sizes): 0, max(study.sizes): 0}) if study.sizes else ""
    measures: list[tuple[str, Callable[[str], str]]] = [
        (f"{quantity_title(study.quantity)}: largest change per doubling of {scale}", lambda r: _of(study, r, _change)),
        (f"its growth along training at {scale} {ends}", lambda r: _of(study, r, _growth)),
        (f"exponent with which that growth fades in {scale}", lambda r: _of(study, r, _fade)),
    ]
    for criterion in CRITERIA:
        title = criterion_title(criterion)
        for name, tell in (
            (f"best rate at {scale} {ends} ({title})", _optima),
            (f"its drift in octaves per doubling of {scale}", _drift),
            ("cost at the largest size of the smallest's rate", _regret),
        ):
            measures.append((name, partial(_by, study, criterion=criterion, tell=tell)))
    return Sheet(
        caption="The numbers behind the verdicts, with 90 % intervals in brackets.",
        columns=("", *(regime_title(regime) for regime in regimes)),
        rows=tuple((measure, *(tell(regime) for regime in regimes)) for measure, tell in measures) if regimes else (),
    )


def _of(study: Study, regime: str, tell: Callable[[SuperConsistency], str]) -> str:
    return tell(study.consistency[regime]) if regime in study.consistency else "–"


def _by(study: Study, regime: str, *, criterion: str, tell: Callable[[RateTransfer], str]) -> str:
    fit = study.transfer.get(regime, {}).get(criterion)
    return "–" if fit is None else tell(fit)


def _worst(fit: SuperConsistency) -> tuple[int, float, float, float]:
    rows = fit.trend[fit.trend[["low", "high"]].notna().all(axis=1)]
    if rows.empty:
        return (0, math.nan, math.nan, math.nan)
    row = rows.iloc[int(rows[["low", "high"]].abs().max(axis=1).to_numpy().argmax())]
    return int(row["step"]), float(row["slope"]), float(row["low"]), float(row["high"])


def _change(fit: SuperConsistency) -> str:
    step, slope, low, high = _worst(fit)
    margin = f"margin ±{number(fit.margin, 2)}"
    if not math.isfinite(slope):
        return "–"
    return f"{signed(slope)} log units ({percent(slope)}) [{span(low, high)}] at step {step}; {margin}"


def _growth(fit: SuperConsistency) -> str:
    ends = fit.growth.sort_values("size")["growth"].iloc[[0, -1]].tolist() if len(fit.growth) else []
    return " and ".join(f"×{number(math.exp(end), 2)}" for end in ends) if all(map(math.isfinite, ends)) else "–"


def _fade(fit: SuperConsistency) -> str:
    return (
        f"{signed(fit.fade)} [{span(fit.fade_interval.low, fit.fade_interval.high)}]"
        if math.isfinite(fit.fade)
        else "–"
    )


def _optima(fit: RateTransfer) -> str:
    ends = fit.optima["optimum"].iloc[[0, -1]].tolist() if len(fit.optima) else []
    return " and ".join(number(end) for end in ends) if any(map(math.isfinite, ends)) else "–"


def _drift(fit: RateTransfer) -> str:
    if not math.isfinite(fit.drift):
        return "–"
    ends = fit.drift_interval
    return f"{signed(fit.drift)} [{span(ends.low, ends.high)}]; margin ±{number(fit.drift_margin)}"


def _regret(fit: RateTransfer) -> str:
    if fit.regret.empty or not math.isfinite(cost := float(fit.regret["regret"].iloc[0])):
        return "–"
    return f"{number(cost, 2)} log units (loss {percent(cost)})"
