"""The cases of a table as a question asks for them: each with the rate at which it is judged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan, nan

import numpy as np
from pandas import DataFrame

from spectra.report.cases import Settings, along, case_names, case_titles, runs_of, split
from spectra.report.question import Question
from spectra.report.titles import column_title
from spectra.report.words import listing, number


@dataclass(frozen=True)
class JudgedCase:
    """Runs that differ in size, seed and learning rate alone."""

    settings: Settings  # what tells the case from others
    runs: tuple[str, ...]
    rate: float  # at which consistency is judged; nan if no run has a judged rate
    alone: bool  # it has this rate only, because the others are judged by themselves
    title: str = ""


def judged_cases(table: DataFrame, question: Question) -> tuple[list[JudgedCase], list[str]]:
    """The cases of a long table, and sentences about what a reader must know of them.

    Runs that differ in nothing else but have several of the judged rates make one case for each of these.

    Args:
        table: Long table, not empty.
        question: What is judged.
    """
    runs = runs_of(table)
    within = ("seed", "rate", question.scale)
    names = case_names(runs, within=within, scale=question.scale)
    others = [str(name) for name in runs if name not in within]
    notes = [
        f"{column_title(name).capitalize()} goes along with {column_title(question.scale)}: what is said of the "
        "one is said of both."
        for name in along(runs, others, question.scale)
        if name not in names
    ]
    found = [
        case for settings, members in split(runs, names) for case in _at_rates(settings, runs.loc[members], question)
    ]
    titled = _titled(found)
    for case in titled:
        if isnan(case.rate) and question.rates:
            rates = listing([number(rate) for rate in sorted(runs.loc[list(case.runs), "rate"].unique())])
            judged = listing([number(rate) for rate in question.rates])
            notes.append(f"{case.title}: no run has the judged learning rate {judged}; there are {rates}.")
    return titled, notes


def with_cases(table: DataFrame, cases: Sequence[JudgedCase]) -> DataFrame:
    """The rows that belong to a case, with the columns `case`, its title, and `judged`, whether its rate is judged."""
    titles = {run: case.title for case in cases for run in case.runs}
    table = table.assign(case=table["run"].map(titles).astype(object))
    table = table[table["case"].notna()]
    rates = table["case"].map({case.title: case.rate for case in cases}).astype(float)
    return table.assign(judged=np.isclose(table["rate"].astype(float), rates))


def _at_rates(settings: Settings, runs: DataFrame, question: Question) -> list[JudgedCase]:
    rates = runs["rate"].astype(float)
    judged = [rate for rate in question.rates if np.isclose(rates, rate).any()]
    if len(judged) < 2:
        return [JudgedCase(settings, tuple(runs.index), judged[0] if judged else nan, alone=False)]
    return [
        JudgedCase({**settings, "rate": rate}, tuple(runs.index[np.isclose(rates, rate)]), rate, alone=True)
        for rate in judged
    ]


def _titled(cases: Sequence[JudgedCase]) -> list[JudgedCase]:
    names = list(dict.fromkeys(name for case in cases for name in case.settings))
    whole = [{name: case.settings.get(name) for name in names} for case in cases]
    titles = case_titles(whole)
    return [replace(case, title=title) for case, title in zip(cases, titles, strict=True)]
