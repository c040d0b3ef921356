"""A paired comparison in a word and in a sentence with its numbers."""

from dataclasses import dataclass
from math import exp, floor, inf, isfinite, log1p, log10

import pandas as pd

from spectra.fitting.intervals import Interval
from spectra.verdicts.compared_runs import ComparedRuns
from spectra.verdicts.entry_names import entry_name
from spectra.verdicts.long_table import has_ends
from spectra.verdicts.lost_runs import ENDS_UNTOLD, Loss, lost_words
from spectra.verdicts.pairing import ENTRIES, LAST, Pairing
from spectra.verdicts.verdict import FEW_SEEDS, FEWEST_SEEDS, capital, counted

LOWER, HIGHER, EQUAL, OPEN = "lower", "higher", "equal within the margin", "open"


@dataclass(frozen=True)
class Change:
    """The mean change of one combination."""

    pairs: int  # seeds that entered
    unpaired: int  # seeds that did not
    mean: float  # log ratio or difference
    interval: Interval
    largest: float  # |change| that two one-sided tests leave possible
    losses: tuple[Loss, ...]  # what happened in runs that could not be paired


def paired_word(change: Change, pairing: Pairing) -> str:
    """lower, higher, equal within the margin, or open."""
    if change.pairs < FEWEST_SEEDS or change.losses:
        return OPEN
    if pairing.margin is not None and change.largest < _allowed(pairing):
        return EQUAL
    if change.interval.high < 0:
        return LOWER
    return HIGHER if change.interval.low > 0 else OPEN


def change_sentence(change: Change, pairing: Pairing, labels: tuple[str, ...]) -> str:
    """For example "At the last step the test error at taylor is 0.62 times that at network (...)."."""
    told = [_numbers(change, pairing, labels)] if change.pairs else []
    whole = change.pairs + change.unpaired
    if change.pairs < FEWEST_SEEDS:
        told.append(
            f"{change.pairs} of {whole} seeds can be compared, and {FEWEST_SEEDS} are the fewest that can be judged."
        )
    if change.losses:
        told.append(
            f"{capital(lost_words(change.losses))}, and whether a run is lost may itself depend on {pairing.by}."
        )
        told.append(_advice(change.losses))
    elif change.unpaired and change.pairs >= FEWEST_SEEDS:
        told.append(f"{change.unpaired} of {whole} seeds have no pair and do not enter.")
    if not change.losses and paired_word(change, pairing) == EQUAL:
        told.append(f"A change of less than {_margin(pairing)} counts as none, and a larger one is excluded.")
    return " ".join(part for part in told if part)


def _numbers(change: Change, pairing: Pairing, labels: tuple[str, ...]) -> str:
    reference, compared = labels
    named = entry_name(pairing.quantity, None if pairing.by == "index" else pairing.index)
    of_quantities = pairing.by == "quantity"
    subject = entry_name(compared, pairing.index) if of_quantities else f"{named} at {compared}"
    other = f"the {named}" if of_quantities else f"that at {reference}"
    ratio = pairing.form == "ratio"
    numbers = (change.mean, change.interval.low, change.interval.high)
    middle, low, high = (exp(min(one, 700.0)) if ratio else one for one in numbers)
    digits = _digits(middle, high - low)
    if ratio:
        told = f"is {middle:.{digits}g} times {other}"
    else:
        side = f"lies {abs(middle):.{digits}g} {'above' if middle > 0 else 'below'}" if middle else "is"
        told = f"{side} {other}"
    sentence = f"{pairing.when} the {subject} {told}".strip()
    if isfinite(low):
        of = "" if ratio else " of the difference"
        ends = f"{low:.{digits}g} to {high:.{digits}g}"
        sentence += f" ({100 * change.interval.level:g} % interval{of} {ends}, {change.pairs} seeds)"
    return f"{capital(sentence)}."


def _digits(middle: float, width: float) -> int:
    """Three, and more where the interval is narrow: 0.9994 is not 1."""
    share = width / abs(middle) if middle else 1.0
    return min(7, max(3, 2 - floor(log10(share)))) if 1e-9 < share < inf else 3


def _allowed(pairing: Pairing) -> float:
    margin = pairing.margin or 0.0
    return log1p(margin) if pairing.form == "ratio" else margin


def _margin(pairing: Pairing) -> str:
    return f"{100 * (pairing.margin or 0):g} %" if pairing.form == "ratio" else f"{pairing.margin:g}"


def _advice(losses: tuple[Loss, ...]) -> str:
    if Loss.NOT_POSITIVE in losses:
        return (
            'Values that are not positive have no ratio: ask for their difference (form = "difference" in a recipe, '
            "--difference of `spectra compare`)."
        )
    if Loss.DIVERGED in losses:
        return "Compare at a learning rate at which no run diverges, or at settings where none does."
    return " ".join(dict.fromkeys(loss.value[1] for loss in losses))


def paired_notes(paired: pd.DataFrame, runs: ComparedRuns, table: pd.DataFrame) -> tuple[str, ...]:
    """What a reader must know besides the answers, in whole sentences.

    Args:
        paired: All pairs, of `run_pairs.pairs`.
        runs: Which runs are compared.
        table: The long table.
    """
    pairing, notes = runs.pairing, []
    for name in runs.along:
        notes.append(f"{capital(name)} goes along with {pairing.by}: what is said of the one is said of both.")
    if not has_ends(table):
        notes.append(ENDS_UNTOLD)
    out = paired[paired["reason"] != ""]
    if len(out):
        grouped = out.groupby(["combination", "reason"], sort=False)
        told = [_excluded(rows, runs) for _, rows in grouped]
        notes.append(f"Seeds without a pair: {len(out)} ({counted(told, 2)}).")
    seeds = paired[paired["reason"] == ""].groupby(["combination", "place"]).size()
    if len(seeds) and FEWEST_SEEDS <= seeds.min() < FEW_SEEDS:
        notes.append(
            f"The intervals assume that changes scatter normally, which {seeds.min()} seeds are too few to show."
        )
    return (*notes, *_alone(paired, runs), *_last_steps(runs, table))


def _alone(paired: pd.DataFrame, runs: ComparedRuns) -> list[str]:
    """A sentence about combinations in which one of two values has no run at all."""
    known = set(zip(paired["combination"], paired["place"], strict=True))
    told = [
        ", ".join([" against ".join(runs.labels(place, 0)), *_settings(runs, combination)])
        for combination in range(len(runs.combinations))
        for place in range(1, len(runs.values))
        if (combination, place) not in known
    ]
    why = "was not measured" if runs.pairing.by == "quantity" else "has no run"
    return [f"Not compared, because one of the two {why}: {len(told)} ({counted(told, 2)})."] if told else []


def _excluded(rows: pd.DataFrame, runs: ComparedRuns) -> str:
    """Seeds of one combination that have no pair for one reason."""
    seeds = counted([str(seed) for seed in rows["seed"]], 2).replace(";", ",")
    some = "seed" if len(rows) == 1 else "seeds"
    told = [*_settings(runs, rows["combination"].iloc[0]), f"{some} {seeds}: {rows['reason'].iloc[0]}"]
    return ", ".join(told)


def _settings(runs: ComparedRuns, combination: int) -> list[str]:
    """The settings of a combination in words, those that it has and that differ between combinations."""
    many = [name for name in runs.settings if runs.combinations[name].nunique() > 1]
    values = {name: runs.combinations[name].iloc[combination] for name in many}
    values = {name: value for name, value in values.items() if pd.notna(value)}
    told = {name: f"{value:.6g}" if isinstance(value, float) else value for name, value in values.items()}
    return [f"{name} {value}" for name, value in told.items()]


def _last_steps(runs: ComparedRuns, table: pd.DataFrame) -> list[str]:
    """A sentence where the last steps of the runs differ: the compared values are then not of one age."""
    pairing = runs.pairing
    if pairing.by in ENTRIES or pairing.at != LAST:
        return []
    good = runs.runs[runs.runs["finished"] & ~runs.runs["diverged"]]
    rows = table[(table["quantity"] == pairing.quantity) & table["run"].isin(good["run"])]
    steps = sorted(rows.groupby("run")["step"].max().unique())
    if len(steps) < 2:
        return []
    named, told = entry_name(pairing.quantity, None), counted([str(step) for step in steps])
    return [f"The last step of the {named} is not the same in all runs: {told}."]
