"""The tables of a comparison of experiments: their size, and how their settings and their making differ."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

from spectra.plain_text import clean
from spectra.report import accounts
from spectra.report.sheet import Sheet
from spectra.report.side_by_side import Side
from spectra.report.study import Study
from spectra.report.unfinished import diverged_runs
from spectra.report.words import duration, whole
from spectra.verdicts.long_table import MEASURED

ABSENT = "–"


def experiment_sheet(sides: Sequence[Side]) -> Sheet:
    """Size and cost of every experiment."""
    rows = []
    for side in sides:
        table, made, failed = side.study.table, side.study.provenance, len(side.study.failures)
        seconds = float(made["seconds"].astype(float).sum()) if "seconds" in made and len(made) else float("nan")
        counts = table["run"].nunique(), len(diverged_runs(table)), failed, max(side.missing - failed, 0)
        rows.append((side.label, clean(side.study.title), *map(whole, counts), duration(seconds)))
    heads = ("experiment", "title", "finished", "of these diverged", "failed", "missing", "time, all runs")
    return Sheet("The experiments, in runs.", heads, tuple(rows))


def setting_sheets(sides: Sequence[Side]) -> tuple[Sheet, Sheet]:
    """Settings that differ between experiments, and those that do not; an experiment without runs has none."""
    there = [side for side in sides if len(side.study.table)]
    told = {side.label: _facts(accounts.settings, side) for side in there}
    # What is shown of a long list leaves some values out.
    values = {side.label: _values(side) for side in there}
    differ = {name for name in _names(told) if len({own.get(name) for own in values.values()}) > 1}
    return _beside(told, differ, ("Settings that differ.", "Settings that they share."), head="setting")


def made_sheets(sides: Sequence[Side]) -> tuple[Sheet, Sheet]:
    """With what the runs were made, where that differs and where it does not."""
    there = [side for side in sides if len(side.study.table)]
    told = {side.label: _facts(accounts.versions, side) for side in there}
    differ = {name for name in _names(told) if len({own.get(name) for own in told.values()}) > 1}
    return _beside(
        told, differ, ("How the runs were made, where that differs.", "How all runs were made."), head="fact"
    )


def _facts(account: Callable[[Study], Sheet], side: Side) -> dict[str, str]:
    """Rows of a table with two columns; of a study it takes what every experiment has."""
    return {row[0]: row[1] for row in account(cast(Study, side.study)).rows}


def _values(side: Side) -> dict[str, frozenset[object]]:
    table = side.study.table
    names = [name for name in table.columns if name not in (*MEASURED, "case", "judged")]
    return {clean(name): frozenset(table[name].dropna().unique()) for name in names}


def _names(told: Mapping[str, Mapping[str, str]]) -> list[str]:
    return list(dict.fromkeys(name for own in told.values() for name in own))


def _beside(
    told: Mapping[str, Mapping[str, str]], differ: Iterable[str], captions: tuple[str, str], *, head: str
) -> tuple[Sheet, Sheet]:
    """Facts in which experiments differ, one column for each, and those that all have."""
    apart = [(name, *(own.get(name, ABSENT) for own in told.values())) for name in _names(told) if name in differ]
    alike = [(name, next(own[name] for own in told.values() if name in own)) for name in _names(told)
             if name not in differ]  # fmt: skip
    return (
        Sheet(captions[0], (head, *told), tuple(apart), unlike=True),
        Sheet(captions[1], (head, "value"), tuple(alike), unlike=True),
    )
