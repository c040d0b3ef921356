"""`spectra verdict`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log1p
from pathlib import Path

from pandas import DataFrame
from rich.console import Console

from spectra.cli.exits import NOTHING_JUDGED, door, fail
from spectra.cli.verdict_files import Wanted
from spectra.cli.verdict_printing import print_verdicts
from spectra.cli.verdict_tables import read_table
from spectra.report import Question, Study, exhibits, study
from spectra.report.case_fits import CaseFits
from spectra.report.question import CRITERIA
from spectra.report.spreadsheets import write_csv
from spectra.report.verdict_rows import verdict_rows
from spectra.report.words import listing, number
from spectra.verdicts.verdict import FEWEST_SEEDS


@dataclass(frozen=True)
class VerdictRequest:
    """What is asked of a table."""

    quantities: tuple[str, ...]
    index: int
    scale: str
    rates: tuple[float, ...]  # at which consistency is judged; none: the only rate of the table
    regime: str | None
    criterion: str
    margin: float  # largest change per doubling that counts as none, as a share
    total_margin: float  # and over all sizes
    level: float
    out: Path | None


def judge_table(path: Path, request: VerdictRequest) -> None:
    """Print the verdicts on a table that any program wrote, and write their tables where a folder is named."""
    with door():
        _check(request)
        wanted = Wanted(request.quantities, request.scale, request.regime)
        table, notes = read_table(path, wanted)
        gathered = judged(table, request, title=path.name, notes=notes)
    console = Console(highlight=False, soft_wrap=True)
    print_verdicts(console, gathered)
    if request.out is not None:
        with door():
            files = write_verdicts(gathered, request.out)
        console.print(f"Written to {request.out}: {', '.join(files)}", markup=False)
    if not any(map(_could_judge, gathered.cases)):
        fail(f"{path}: nothing could be judged; what is printed above says why", NOTHING_JUDGED)


def judged(table: DataFrame, request: VerdictRequest, *, title: str, notes: Sequence[str] = ()) -> Study:
    """The verdicts on a table.

    Args:
        table: Long table, of `read_table`.
        request: What is asked of it.
        title: Its name.
        notes: What a reader must know of it already.

    Raises:
        ValueError: If consistency is to be judged at a rate that the table does not have, or at none of several.
    """
    rates = sorted(table["rate"].unique().tolist())
    chosen = request.rates or tuple(rates if len(rates) == 1 else ())
    absent = [rate for rate in chosen if rate not in rates]
    if absent or not chosen:
        told = f"has no rate {number(absent[0], 6)}" if absent else "has several rates"
        listed = listing([number(rate, 6) for rate in rates])
        raise ValueError(f"{title}: {told}; say with --rate at which of these consistency is judged: {listed}")
    question = Question(
        rates=chosen,
        scale=request.scale,
        quantities=tuple((name, request.index) for name in request.quantities),
        criterion=request.criterion,
        margin=log1p(request.margin),
        total_margin=log1p(request.total_margin),
        level=request.level,
    )
    nothing = DataFrame(columns=["run", "error"])
    found = study(
        table, question, name=title, title=title, description="", recipe="", provenance=nothing, failures=nothing
    )
    return replace(found, notes=(*notes, *found.notes))


def write_verdicts(gathered: Study, folder: Path) -> list[str]:
    """Write verdicts.csv and the tables behind the figures of a page; returns the names of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {name: table for exhibit in exhibits(gathered) for name, table in exhibit.tables.items()}
    tables = {"verdicts": verdict_rows(gathered), **tables}
    written = {f"{name}.csv": table for name, table in tables.items() if not table.empty}
    for name, table in written.items():
        write_csv(table, folder / name)
    return list(written)


def _could_judge(case: CaseFits) -> bool:
    """Whether some test was made: its answer may still be that the data leave the question open."""
    trends = [fit for fit in case.consistency.values() if fit.trend["step"].nunique() > 1]
    fits = [*trends, *(fit for fit in (case.transfer, case.collapse) if fit is not None)]
    return any(len(fit.seeds) >= FEWEST_SEEDS for fit in fits)


def _check(request: VerdictRequest) -> None:
    if request.criterion not in CRITERIA:
        raise ValueError(f"no criterion {request.criterion!r}; there are {', '.join(CRITERIA)}")
    for name, margin in (("margin", request.margin), ("total margin", request.total_margin)):
        if not margin > 0:
            raise ValueError(f"a {name} of {margin} was asked; use a positive share, such as 0.05 for 5 percent")
    if request.index < 0:
        raise ValueError(f"an index of {request.index} was asked; the first entry of a quantity has 0")
