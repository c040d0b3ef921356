"""The unit of a page: runs that differ in nothing but their size, their learning rate and their seed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pandas import DataFrame

from spectra.report.titles import REGIMES, setting_title
from spectra.verdicts.long_table import MEASURED

FIRST = ("regime", "optimizer", "model", "data")
"""Settings that name a case before all others."""

Settings = Mapping[str, Any]


def runs_of(table: DataFrame) -> DataFrame:
    """One row per run, with its settings alone; None where it has no such setting."""
    runs = table.drop_duplicates("run").set_index("run").drop(columns=[*MEASURED[1:]], errors="ignore")
    return runs.astype(object).where(runs.notna(), None)


def case_names(runs: DataFrame, *, within: Sequence[str], scale: str | None = None) -> list[str]:
    """The settings that tell cases apart: those that vary, but for what varies within a case.

    Within a case vary the named settings, a seed of the data of which every seed has one, and numbers that go along
    with the size (`along`).

    Args:
        runs: One row per run, from `runs_of`.
        within: Settings that vary within a case.
        scale: The size that grows; without it nothing goes along.
    """
    names = [name for name in runs.columns if name not in within and runs[name].nunique(dropna=False) > 1]
    if "data_seed" in names and not _several(runs, [*(set(runs.columns) - {"data_seed"})], "data_seed"):
        names.remove("data_seed")
    gone = along(runs, names, scale) if scale else []
    return sorted((name for name in names if name not in gone), key=lambda name: (*_place(name), names.index(name)))


def along(runs: DataFrame, names: Sequence[str], scale: str) -> list[str]:
    """Settings that are a number for every size, such as heads that grow with the width, among runs of one kind."""
    numbers = [name for name in names if runs[name].map(lambda value: isinstance(value, (int, float))).all()]
    numbers = [name for name in numbers if not isinstance(runs[name].iloc[0], bool)]
    kind = [name for name in names if name not in numbers]
    return [name for name in numbers if not _several(runs, [*kind, scale], name) and _several(runs, kind, name)]


def split(runs: DataFrame, names: Sequence[str]) -> list[tuple[Settings, list[str]]]:
    """Cases by the settings that tell them apart, each with the names of its runs, in reading order."""
    found: dict[tuple[Any, ...], list[str]] = {}
    for run, *values in runs[list(names)].itertuples(name=None):
        found.setdefault(tuple(values), []).append(run)
    ordered = sorted(found.items(), key=lambda pair: [_sortable(*each) for each in zip(names, pair[0], strict=True)])
    return [(dict(zip(names, values, strict=True)), members) for values, members in ordered]


def case_titles(cases: Sequence[Settings], *, whole: str = "all runs") -> list[str]:
    """A title for every case: as few settings as tell them apart, in words.

    Args:
        cases: Settings that tell the cases apart, with the same names in each.
        whole: Title of a case that nothing tells apart from others.
    """
    told: list[str] = []
    for name in cases[0] if cases else ():
        if len(_parts(cases, [*told, name])) > len(_parts(cases, told)):
            told.append(name)
    titles = [", ".join(filter(None, (setting_title(name, case[name]) for name in told))) for case in cases]
    if len(set(titles)) < len(titles):  # numbers that differ in digits that are not shown
        titles = [", ".join(f"{name} {case[name]}" for name in told) for case in cases]
    return [title or whole for title in titles]


def _parts(cases: Iterable[Settings], names: Sequence[str]) -> set[tuple[Any, ...]]:
    return {tuple(case[name] for name in names) for case in cases}


def _several(runs: DataFrame, keys: Sequence[str], name: str) -> bool:
    """Whether runs that agree in the keys differ in a setting."""
    distinct = runs[[*keys, name]].drop_duplicates()
    return bool(distinct.duplicated([*keys]).any() if keys else len(distinct) > 1)


def _place(name: str) -> tuple[int, ...]:
    return (FIRST.index(name),) if name in FIRST else (len(FIRST),)


def _sortable(name: str, value: Any) -> tuple[int, float, str]:
    if name == "regime" and value in REGIMES:
        return (0, list(REGIMES).index(value), "")
    return (1, float(value), "") if isinstance(value, (int, float)) else (2, 0.0, "" if value is None else str(value))
