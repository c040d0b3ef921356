"""Markdown tables of what `cohort_scaling.py` measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
from rounds import markdown

TITLES = {"updates": "Updates", "products": "Hessian products"}


def print_tables(found: Sequence[Any]) -> None:
    """Everything that is in some rows of the CSV file."""
    table = pd.DataFrame([asdict(row) for row in found])
    most = table[table["quantity"] == "most members"].set_index(["model", "width"])["value"]
    for quantity, title in TITLES.items():
        print(f"\n## {title} per second, one thread: a loop by hand, and times as many with K members at once\n")
        print("K = 1 is as the library runs one alone; bold: the most that it puts together, here at most 64.\n")
        print(_gains(table[table["quantity"] == quantity], most), flush=True)
    for quantity, title in TITLES.items():
        part = table[table["quantity"] == f"machine {quantity}"]
        if not part.empty:
            print(f"\n## {title} per second of the whole machine (over the loop by hand in one process)\n")
            print(_machine(part), flush=True)
    _print_memory(table[table["quantity"] == "memory"])


def _gains(part: pd.DataFrame, most: pd.Series) -> str:
    members = sorted(part.loc[part["program"] == "cohort", "members"].unique())
    rows = []
    for (model, width), cell in part.groupby(["model", "width"], sort=False):
        plain = float(cell.loc[cell["program"] == "plain", "value"].iloc[0])
        gains = cell[cell["program"] == "cohort"].set_index("members")["value"] / plain
        chosen = max(count for count in gains.index if count <= most[model, width])
        texts = {count: f"**{gain:.2f}**" if count == chosen else f"{gain:.2f}" for count, gain in gains.items()}
        rows.append([model, width, f"{plain:.1f}", *(texts.get(count, "") for count in members)])
    return markdown(["model", "width", "by hand", *(f"K = {count}" for count in members)], rows)


def _machine(part: pd.DataFrame) -> str:
    values = part.set_index(["width", "program", "workers", "threads"])["value"]
    ways = list(dict.fromkeys(key[1:] for key in values.index))
    base = ("plain", 1, part.loc[part["program"] == "plain", "threads"].max())
    rows = []
    for width in sorted(part["width"].unique()):
        of_width = values[width]
        rows.append([width, *(f"{of_width[way]:.1f} ({of_width[way] / of_width[base]:.2f})" for way in ways)])
    names = {"plain": "by hand", "cohort": "cohorts"}
    heading = [f"{names[program]}: {workers} x {threads} threads" for program, workers, threads in ways]
    return markdown(["width", *heading], rows)


def _print_memory(part: pd.DataFrame) -> None:
    if part.empty:
        return
    members = sorted(part["members"].unique())
    rows = []
    for (model, width), cell in part.groupby(["model", "width"], sort=False):
        values = cell.set_index(["program", "members"])["value"]
        known = [count for count in members if ("cohort", count) in values]
        texts = {c: f"{values['cohort', c] / 1e6:.0f} ({values['foreseen', c] / 1e6:.0f})" for c in known}
        rows.append([model, width, *(texts.get(count, "") for count in members)])
    print("\n## Peak memory beyond that of the bare process, megabytes (as foreseen)\n")
    print(markdown(["model", "width", *(f"K = {count}" for count in members)], rows), flush=True)
