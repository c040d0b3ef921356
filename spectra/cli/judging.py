"""`spectra verdict`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log1p
from pathlib import Path

from numpy import isfinite
from pandas import DataFrame

from spectra.cli.exits import BAD_INPUT, NOTHING_JUDGED, door, fail
from spectra.cli.terminal import Terminal
from spectra.cli.verdict_files import Wanted
from spectra.cli.verdict_printing import print_verdicts
from spectra.cli.verdict_tables import read_table
from spectra.report import Question, Study, exhibits, study
from spectra.report.case_fits import CaseFits
from spectra.report.figure_files import write_exhibits
from spectra.report.verdict_latex import verdict_latex
from spectra.report.verdict_rows import verdict_rows
from spectra.report.words import listing, number
from spectra.spreadsheets import write_csv
from spectra.verdicts.rate_blocks import CRITERIA
from spectra.verdicts.verdict import FEWEST_SEEDS


@dataclass(frozen=True)
class VerdictRequest:
    """What is asked of a table."""

    quantities: tuple[str, ...]
    index: int
    scales: tuple[str, ...]  # one; `scale` is its name
    rates: tuple[float, ...]  # at which consistency is judged; none: the only rate of the table, or not at all
    regime: str | None
    criterion: str
    margin: float  # largest change per doubling that counts as none, as a share
    total_margin: float  # and over all sizes
    level: float
    out: Path | None

    @property
    def scale(self) -> str:
        """Column that grows."""
        return self.scales[0]


def judge_table(path: Path, request: VerdictRequest) -> None:
    """Print the verdicts on a table that any program wrote, and write their tables where a folder is named."""
    with door():
        _check(request)
        wanted = Wanted(request.quantities, request.scale, request.regime)
        table, notes = read_table(path, wanted)
        gathered = judged(table, request, title=path.name, notes=notes)
    console = Terminal()
    print_verdicts(console, gathered)
    if request.out is not None:
        with door():
            files = write_verdicts(gathered, request.out)
        console.print(f"Written to {request.out}: {', '.join(files)}")
    if not any(map(_could_judge, gathered.cases)):
        # A table that every verdict refuses is wrong; one that verdicts take and leave open has too little in it.
        refused = not any(map(_fits, gathered.cases))
        told = f"{path}: nothing could be judged; what is printed above says why"
        fail(told, BAD_INPUT if refused else NOTHING_JUDGED)


def judged(table: DataFrame, request: VerdictRequest, *, title: str, notes: Sequence[str] = ()) -> Study:
    """The verdicts on a table.

    Args:
        table: Long table, of `read_table`.
        request: What is asked of it.
        title: Its name.
        notes: What a reader must know of it already.

    Raises:
        ValueError: If consistency is to be judged at a rate that the table does not have, or at none of several in a
            table without losses, of which the learning rates are judged.
    """
    rates = sorted(table["rate"].unique().tolist())
    chosen = request.rates or tuple(rates if len(rates) == 1 else ())
    listed = listing([number(rate, 6) for rate in rates])
    absent = [rate for rate in chosen if rate not in rates]
    if absent or not (chosen or (table["quantity"] == "loss").any()):
        told = f"has no rate {number(absent[0], 6)}" if absent else "has several rates"
        raise ValueError(f"{title}: {told}; say with --rate at which of these consistency is judged: {listed}")
    unrated = [f"Learning rates are compared; consistency is judged where --rate names one of them: {listed}."]
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
    return replace(found, notes=(*([] if chosen else unrated), *notes, *found.notes))


def write_verdicts(gathered: Study, folder: Path) -> list[str]:
    """Write verdicts.csv, the same for LaTeX, and the figures of a page with their tables; returns the names."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = verdict_rows(gathered)
    write_csv(rows, folder / "verdicts.csv")
    (folder / "verdicts.tex").write_text(verdict_latex(rows), encoding="utf-8")
    return ["verdicts.csv", "verdicts.tex", *write_exhibits(exhibits(gathered), folder)]


def _could_judge(case: CaseFits) -> bool:
    """Whether some test was made: its answer may still be that the data leave the question open."""
    trends = [fit for fit in case.consistency.values() if fit.trend["step"].nunique() > 1]
    # Where every run diverged there is no best rate, and none beyond which training diverges.
    tuned = [] if case.transfer is None or not isfinite(case.transfer.losses["criterion"]).any() else [case.transfer]
    seeds = [fit.seeds for fit in trends] + [fit.seeds for fit in tuned]
    seeds += [] if case.collapse is None else [case.collapse.seeds]
    return any(len(complete) >= FEWEST_SEEDS for complete in seeds)


def _fits(case: CaseFits) -> bool:
    """Whether a verdict took the runs of a case at all."""
    return bool(case.consistency) or case.transfer is not None or case.collapse is not None


def _check(request: VerdictRequest) -> None:
    pair = ",".join(request.scales).split(",")
    if len(pair) > 1:
        told = ", ".join(repr(name.strip()) for name in pair)
        raise ValueError(
            f"the scales {told} were given, and the command judges one; two together are judged in Python, with "
            f"spectra.verdicts.super_consistency(table, {request.quantities[0]!r}, scale=({told}))"
        )
    if request.criterion not in CRITERIA:
        raise ValueError(f"no criterion {request.criterion!r}; there are {', '.join(CRITERIA)}")
    for name, margin in (("margin", request.margin), ("total margin", request.total_margin)):
        if not margin > 0:
            raise ValueError(f"a {name} of {margin} was given; use a positive share, such as 0.05 for 5 percent")
    if not 0 < request.level < 1:
        raise ValueError(f"a level of {request.level} was given; use a number between 0 and 1, such as 0.9")
    if request.index < 0:
        raise ValueError(f"an index of {request.index} was given; the entries of a quantity count from 0")
