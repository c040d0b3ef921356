"""`spectra fit --audit`: is a published fit the optimum of its own objective?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from spectra.cli.exits import door
from spectra.fitting import PublishedFit, SavedColumns, audit, read_columns, read_published_fit


def audit_fit(published: Path, files: Sequence[Path], out: Path | None) -> None:
    """Refit a published fit on its data, print both, and write audit.csv if a folder is given."""
    with door():
        if len(files) != 1:
            raise ValueError(f"a fit is held against the one table it was made to, and {len(files)} files were given")
        stated = read_published_fit(published)
        saved, rows = _table(stated, files[0])
        found = audit(stated, rows)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            found.table.to_csv(out / "audit.csv", index=False)
    console = Console(highlight=False, soft_wrap=True)
    of = f"{found.optimum.law.formula}, {found.optimum.points} points"
    console.print(f"{stated.source or published}: {of}", markup=False)
    table = Table(caption=f"{stated.level:.0%} intervals of the optimum by profile likelihood")
    for head in ("parameter", "published", "optimum", "low", "high", "inside"):
        table.add_column(head, justify="left" if head == "parameter" else "right")
    for row in found.table.to_dict("records"):
        numbers = [f"{row[name]:.6g}" for name in ("published", "optimum", "low", "high")]
        table.add_row(row["parameter"], *numbers, "yes" if row["inside"] else "no")
    console.print(table)
    for sentence in (*found.sentences, *(f"Note: {note}" for note in saved.notes)):
        console.print(sentence, markup=False)
    if out is not None:
        console.print(f"Wrote {out / 'audit.csv'}", markup=False)


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
