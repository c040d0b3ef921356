"""Several experiments as one, so that every figure of a page can show them on common axes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
from pandas import DataFrame

from spectra.plain_text import clean
from spectra.report.exhibit import Exhibit
from spectra.report.exhibits import exhibits
from spectra.report.law_exhibits import law_exhibits
from spectra.report.law_study import LawStudy
from spectra.report.loss_units import loss_unit
from spectra.report.study import Study
from spectra.report.titles import column_title

LAWS, BARE_LAWS = "laws", "bare-laws"
"""In place of a size: kinds of the experiments in which nothing is judged, with widths and without."""
LOSSES = ("loss", "test_loss")
"""Figures with an axis that has the unit of the loss."""
BEHIND = {LAWS: "by width", BARE_LAWS: "models without a width"}
"""What headings say of a kind that is no size."""


@dataclass(frozen=True)
class Side:
    """One of the experiments that are compared.

    Attributes:
        label: What it is called on the page; no other has the same.
        study: What was found.
        missing: Runs of its recipe that have not finished.
        recipe: Path of the recipe, as it was given.
        page: Where its own page is, relative to that of the comparison; empty where there is none.
    """

    label: str
    study: Study | LawStudy
    missing: int = 0
    recipe: str = ""
    page: str = ""

    @property
    def kind(self) -> str:
        """Its size, or the kind of its laws: what is drawn against different sizes shares no colours."""
        if isinstance(self.study, Study):
            return self.study.scale
        return LAWS if self.study.widths else BARE_LAWS

    def case(self, title: str) -> str:
        """What one of its cases is called among those of others."""
        return self.label if title in ("", "all runs") else f"{self.label}: {title}"


def labels(names: Sequence[str]) -> list[str]:
    """A label for every experiment: its name in words, numbered where several have it."""
    words = [clean(name).replace("_", " ") for name in names]
    numbers = [words[: place + 1].count(word) for place, word in enumerate(words)]
    return [
        f"{word} ({number})" if words.count(word) > 1 else word for word, number in zip(words, numbers, strict=True)
    ]


def shared_exhibits(sides: Sequence[Side]) -> list[Exhibit]:
    """Figures in which at least two experiments have a part, in the order of a page.

    Experiments whose sizes are of one kind stand in one figure, on common axes and with one colour for a size. What
    another kind has of the same figure follows it.

    Args:
        sides: The experiments, in the order of the page.
    """
    order = _quantities(sides)
    groups = {kind: [side for side in sides if side.kind == kind] for kind in dict.fromkeys(s.kind for s in sides)}
    drawn = [
        (exhibit, _parts(exhibit, group), kind) for kind, group in groups.items() for exhibit in _drawn(group, order)
    ]
    whole: dict[str, set[str]] = {}
    for exhibit, parts, kind in drawn:
        whole.setdefault(_key(exhibit, kind), set()).update(parts)
    kept = [(exhibit, kind) for exhibit, parts, kind in drawn if parts and len(whole[_key(exhibit, kind)]) > 1]
    names = list(dict.fromkeys(_key(exhibit, kind) for exhibit, kind in kept))
    kept.sort(key=lambda pair: names.index(_key(*pair)))
    return _named_apart(kept, several=len(groups) > 1)


def _key(exhibit: Exhibit, kind: str) -> str:
    """What says that two figures show the same: figures of laws are of a kind of their own."""
    return f"{LAWS}-{exhibit.name}" if kind in BEHIND else exhibit.name


def _all(group: Sequence[Side], order: Sequence[tuple[str, int]]) -> list[Exhibit]:
    judged = [side for side in group if isinstance(side.study, Study) and not side.study.table.empty]
    if judged:
        return exhibits(joined(judged, order))
    return law_exhibits(joined_laws(group)) if any(isinstance(side.study, LawStudy) for side in group) else []


def _drawn(group: Sequence[Side], order: Sequence[tuple[str, int]]) -> list[Exhibit]:
    """All figures of a group; a loss in one of several units is drawn for the largest part that has it in common."""
    units = [loss_unit(side.study.table) for side in group]
    most = max(units, key=units.count)
    alike = [side for side, unit in zip(group, units, strict=True) if unit == most]
    losses = {each.name: each for each in _all(alike, order) if each.name in LOSSES} if len(alike) < len(group) else {}
    found = [losses.get(each.name, each) for each in _all(group, order)]
    return [each for each in found if len(alike) == len(group) or each.name not in LOSSES or each.name in losses]


def _quantities(sides: Sequence[Side]) -> list[tuple[str, int]]:
    """All judged quantities: those of most experiments first, so that all kinds of sizes have one headline."""
    studies = [side.study for side in sides if isinstance(side.study, Study)]
    counts = Counter(each for study in studies for each in study.question.quantities)
    return sorted(counts, key=lambda each: -counts[each])


def joined(sides: Sequence[Side], quantities: Sequence[tuple[str, int]]) -> Study:
    """Several experiments as one: each of their cases is a case, with the name of its experiment before its own.

    Nothing is fitted again.

    Args:
        sides: Experiments that are judged across one kind of size, at least one.
        quantities: All judged quantities, the headline first.

    Returns:
        A study of all runs. Learning rates are those of the experiments that choose them by the criterion of the first.
    """
    studies = [(side, side.study) for side in sides if isinstance(side.study, Study)]
    first = studies[0][1]
    question = replace(
        first.question,
        quantities=tuple(quantities),
        rates=tuple(dict.fromkeys(rate for _, study in studies for rate in study.question.rates)),
    )
    cases = [
        replace(
            case,
            title=side.case(case.title),
            transfer=case.transfer if study.question.criterion == question.criterion else None,
        )
        for side, study in studies
        for case in study.cases
    ]
    return replace(
        first,
        question=question,
        cases=tuple(cases),
        comparisons=(),
        table=_stacked([_retitled(study.table, side) for side, study in studies]),
        exponents=_stacked([_retitled(study.exponents, side) for side, study in studies]),
    )


def joined_laws(sides: Sequence[Side]) -> LawStudy:
    """Several experiments without a judge as one, as `joined` does it."""
    studies = [(side, side.study) for side in sides if isinstance(side.study, LawStudy)]
    return replace(
        studies[0][1],
        cases=tuple(replace(case, title=side.case(case.title)) for side, study in studies for case in study.cases),
        comparisons=(),
        table=_stacked([study.table for _, study in studies]),
        exponents=_stacked([_retitled(study.exponents, side) for side, study in studies]),
    )


def _retitled(rows: DataFrame, side: Side) -> DataFrame:
    return rows.assign(case=rows["case"].map({title: side.case(title) for title in rows["case"].unique()}))


def _stacked(parts: Sequence[DataFrame]) -> DataFrame:
    """Rows of all parts; a setting that one of them lacks is missing there."""
    full = [part for part in parts if len(part)]
    return pd.concat(full, ignore_index=True) if full else parts[0]


def _parts(exhibit: Exhibit, group: Sequence[Side]) -> set[str]:
    """Labels of the experiments that have a part in a figure."""
    shown = {case for table in exhibit.tables.values() if "case" in table for case in table["case"]}
    titles = {side.case(case.title): side.label for side in group for case in side.study.cases}
    return {titles[case] for case in shown if case in titles}


def _named_apart(found: Sequence[tuple[Exhibit, str]], *, several: bool) -> list[Exhibit]:
    """Figures whose files have names of their own, and whose headings say the size where there are several kinds."""
    told = list[Exhibit]()
    for exhibit, kind in found:
        apart = f"-{kind}" if any(exhibit.name == other.name for other in told) else ""
        by = BEHIND.get(kind) or f"by {column_title(kind)}"
        told.append(replace(
            exhibit,
            name=f"{exhibit.name}{apart}",
            heading=f"{exhibit.heading}, {by}" if several else exhibit.heading,
            tables={f"{name}{apart}": table for name, table in exhibit.tables.items()},
            charts=[chart.renamed(apart) for chart in exhibit.charts],
        ))  # fmt: skip
    return told
