"""The numbers behind the verdicts, side by side."""

import math
from collections.abc import Callable
from functools import partial

from spectra.report.case_fits import CaseFits
from spectra.report.cell import Cell
from spectra.report.cells import bracketed
from spectra.report.gap_figure import determined
from spectra.report.growth_exhibit import change
from spectra.report.growth_figure import direction
from spectra.report.sheet import Sheet
from spectra.report.size_powers import LEVEL, power_words, size_powers
from spectra.report.study import Study
from spectra.report.titles import column_title, criterion_title, entry_title, is_loss
from spectra.report.verdict_rows import worst
from spectra.report.verdicts import judged
from spectra.report.words import bound, number, percent, signed, span
from spectra.verdicts import RateTransfer, SuperConsistency

ABREAST = 6  # cases beside one another; more make a page too wide
Measure = tuple[str, Callable[[CaseFits], str]]


def headline(study: Study) -> Sheet:
    """One column per case, or one row where there are more than `ABREAST`; measures without any value are left out."""
    cases = [case for case in study.cases if judged(case)]
    measures = [*_consistency_measures(study), *_transfer_measures(study)] if cases else []
    rows = [(name, *(tell(case) for case in cases)) for name, tell in measures]
    rows = [row for row in rows if set(row[1:]) != {"–"}]
    heads = ("", *(case.title for case in cases))
    whole = [heads, *rows] if len(cases) <= ABREAST else [tuple(row) for row in zip(heads, *rows, strict=True)]
    level = number(100 * study.question.level)
    return Sheet(
        caption=f"The numbers behind the verdicts, with {level} % intervals in brackets.",
        columns=whole[0],
        # No line ends between a number and its unit.
        rows=tuple(tuple(map(_unbroken, row)) for row in whole[1:]) if rows else (),
        unlike=len(cases) <= ABREAST,
    )


def _unbroken(cell: str) -> str:
    text = cell.replace(" %", "\u00a0%")
    return Cell(text, cell.values) if isinstance(cell, Cell) else text


def _ends(study: Study) -> str:
    ends = sorted({min(study.sizes), max(study.sizes)}) if study.sizes else []
    return f"{column_title(study.scale)} {' and '.join(number(size, 6) for size in ends)}"


def _consistency_measures(study: Study) -> list[Measure]:
    found, scale = list[Measure](), column_title(study.scale)
    for quantity, index in study.question.quantities:
        fits = study.trends((quantity, index)).values()
        kind = direction(quantity, [math.exp(log) for fit in fits for log in fit.growth["growth"]])
        for name, tell in (
            (f"{entry_title(quantity, index)}: largest change per doubling of {scale}", _change),
            (f"its power of the {scale} at the last step ({number(100 * LEVEL)} % interval)", _power),
            (f"its {kind} along training at {_ends(study)}", _growth),
            (f"exponent with which the logarithm of that {kind} fades in {scale}", _fade),
            ("exponent in steps of its gap to infinite size", _accumulation),
            ("largest possible gap", _largest),
        ):
            found.append((name, partial(_of, (quantity, index), tell)))
    named = {"kernel_movement": "tangent kernel", "weight_movement": "weights"}
    return found + [
        (f"exponent with which the movement of the {title} fades in {scale}", partial(_movement, column))
        for column, title in named.items()
    ]


def _transfer_measures(study: Study) -> list[Measure]:
    by = criterion_title(study.question.criterion)
    tells = (
        (f"best rate at {_ends(study)} ({by})", _optima),
        (f"its drift in octaves per doubling of {column_title(study.scale)}", _drift),
        ("its drift by the other criterion", _other_drift),
        ("cost at the largest size of the smallest's rate", _regret),
        ("drift of the largest stable rate", _limit_drift),
    )
    return [(name, partial(_by, tell)) for name, tell in tells]


def _of(quantity: tuple[str, int], tell: Callable[[SuperConsistency], str], case: CaseFits) -> str:
    return tell(case.consistency[quantity]) if quantity in case.consistency else "–"


def _by(tell: Callable[[RateTransfer], str], case: CaseFits) -> str:
    return "–" if case.transfer is None else tell(case.transfer)


def _change(fit: SuperConsistency) -> str:
    step, slope, low, high = worst(fit)
    margin = f"margin ±{number(fit.bound, 2)}"
    if not math.isfinite(slope):
        return "–"
    text = f"{signed(slope)} log units ({percent(slope)}){bracketed(span(low, high))} at step {step}; {margin}"
    return Cell(text, {"value": slope, "low": low, "high": high, "step": step, "margin": fit.bound})


def _power(fit: SuperConsistency) -> str:
    rows = size_powers(fit)
    return "–" if rows.empty else power_words(*map(float, rows[["exponent", "low", "high"]].iloc[-1]))


def _growth(fit: SuperConsistency) -> str:
    ends = fit.growth.sort_values("size")["growth"].iloc[[0, -1]].tolist() if len(fit.growth) else []
    known = [end for end in ends if math.isfinite(end)]
    if not known:
        return "–"
    told = " and ".join(change(math.exp(end), fit.quantity) for end in known)
    text = f"to {told} of its start" if is_loss(fit.quantity) else told
    return Cell(text, {"first": math.exp(ends[0]), "last": math.exp(ends[-1])})


def _movement(column: str, case: CaseFits) -> str:
    for fit in case.consistency.values():
        if fit.movement is not None and "fade" in fit.movement and (fit.movement["quantity"] == column).any():
            row = fit.movement[fit.movement["quantity"] == column].iloc[0]
            return _with_ends(float(row["fade"]), float(row["fade_low"]), float(row["fade_high"]))
    return "–"


def _fade(fit: SuperConsistency) -> str:
    return _with_ends(fit.fade, fit.fade_interval.low, fit.fade_interval.high)


def _accumulation(fit: SuperConsistency) -> str:
    found = fit.accumulation
    told = _with_ends(found.exponent, found.interval.low, found.interval.high)
    if not determined(found) or told == "–":
        return found.word
    return Cell(f"{told}, {found.word}", {**told.values, "word": found.word})


def _largest(fit: SuperConsistency) -> str:
    return bound(fit.accumulation.largest)


def _optima(fit: RateTransfer) -> str:
    ends = fit.optima["optimum"].iloc[[0, -1]].tolist() if len(fit.optima) else []
    text = " and ".join(number(end) for end in ends)
    return Cell(text, {"first": ends[0], "last": ends[-1]}) if any(map(math.isfinite, ends)) else "–"


def _drift(fit: RateTransfer) -> str:
    told = _with_ends(fit.drift, fit.drift_interval.low, fit.drift_interval.high)
    values = {**told.values, "margin": fit.drift_margin}
    return told if told == "–" else Cell(f"{told}; margin ±{number(fit.drift_margin)}", values)


def _other_drift(fit: RateTransfer) -> str:
    return _with_ends(fit.other.drift, fit.other.interval.low, fit.other.interval.high)


def _limit_drift(fit: RateTransfer) -> str:
    return _with_ends(fit.limit.drift, fit.limit.interval.low, fit.limit.interval.high)


def _regret(fit: RateTransfer) -> str:
    if fit.regret.empty or not math.isfinite(cost := float(fit.regret["regret"].iloc[0])):
        return "–"
    low, high = (float(fit.regret[end].iloc[0]) for end in ("low", "high"))
    text = f"{number(cost, 2)} log units (loss {percent(cost)}) [{number(low, 2)}, {number(high, 2)}]"
    return Cell(text, {"value": cost, "low": low, "high": high})


def _with_ends(estimate: float, low: float, high: float) -> Cell:
    text = f"{signed(estimate)}{bracketed(span(low, high))}" if math.isfinite(estimate) else "–"
    return Cell(text, {"value": estimate, "low": low, "high": high})
