"""`spectra fit --audit`: is a published fit the optimum of its own objective?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.table import Table

from spectra.cli.exits import door
from spectra.cli.fit_request import FitRequest
from spectra.cli.terminal import Terminal
from spectra.fitting import PublishedFit, SavedColumns, audit, read_columns, read_published_fit
from spectra.spreadsheets import write_csv


def audit_fit(published: Path, files: Sequence[Path], request: FitRequest) -> None:
    """Refit a published fit on its data, print both, and write audit.csv if a folder is given."""
    out = request.out
    with door():
        if request != FitRequest(out=out):
            raise ValueError(
                "--audit takes the law, the columns and the level from the published fit; leave out all other options "
                "but --out"
            )
        if len(files) != 1:
            raise ValueError(
                f"a fit is held against the table it was made to, and {len(files)} files were given; name one"
            )
        stated = read_published_fit(published)
        saved, rows = _table(stated, files[0])
        found = audit(stated, rows)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            write_csv(found.table, out / "audit.csv", digits=None)
    console = Terminal()
    of = f"{found.optimum.law.formula}, {found.optimum.points} points"
    console.print(f"{stated.source or published}: {of}")
    table = Table(caption=f"{100 * stated.level:g} % intervals of the optimum by profile likelihood")
    for head in ("parameter", "published", "optimum", "low", "high", "inside"):
        table.add_column(head, justify="left" if head == "parameter" else "right")
    for row in found.table.to_dict("records"):
        numbers = [f"{row[name]:.6g}" for name in ("published", "optimum", "low", "high")]
        table.add_row(row["parameter"], *numbers, "yes" if row["inside"] else "no")
    console.print(table)
    for sentence in (*found.sentences, *(f"Note: {note}" for note in saved.notes)):
        console.print(sentence)
    if out is not None:
        console.print(f"Wrote {out / 'audit.csv'}")


def _table(stated: PublishedFit, data: Path) -> tuple[SavedColumns, pd.DataFrame]:
    """The columns that a published fit names; of those of text, one."""
    used = [name for product in (*stated.x.values(), stated.y) for name in product.powers]
    text = {condition.column for condition in stated.where if isinstance(condition.value, str)}
    if len(text) > 1:
        raise ValueError(f"conditions on several columns of text, {', '.join(sorted(text))}; filter the table by one")
    label = next(iter(text), None)
    numbers = dict.fromkeys([*used, *(one.column for one in stated.where if one.column not in text)])
    saved = read_columns(data, list(numbers), labels=label)
    return saved, pd.DataFrame({**saved.columns, **({label: saved.labels} if label else {})})
