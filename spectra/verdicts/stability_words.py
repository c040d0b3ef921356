"""The verdict on the edge of stability in plain words."""

from collections.abc import Hashable
from math import inf, isnan
from typing import Any

import pandas as pd

from spectra.verdicts.long_table import has_ends
from spectra.verdicts.verdict import FEWEST_SEEDS, counted

AT, BELOW, ABOVE, OPEN, DIFFERS = "at the edge", "below the edge", "above the edge", "inconclusive", "differs by size"


def overall_word(words: pd.Series) -> str:
    """The word that all sizes share; else that they differ, or that some are open."""
    if words.nunique() == 1:
        return str(words.iloc[0])
    return OPEN if (words == OPEN).any() else DIFFERS


def edge_sentence(word: str, by_size: pd.DataFrame, quantity: str, *, scale: str, limit: float, level: float) -> str:
    """The verdict in plain words, with the word or the reason of every size where they have not all the same word."""
    sizes = [f"{size:g}" for size in by_size["size"]]
    told = f"{word.capitalize()}: {_plateau(by_size, quantity, scale=scale, limit=limit, level=level)}"
    if word not in (OPEN, DIFFERS):
        return f"{told}."
    found = pd.Series([_because(row) for row in by_size.to_dict("records")])
    groups = [f"{', '.join(sizes[place] for place in found.index[found == one])}: {one}" for one in found.unique()]
    return f"{told}. By {scale}: {'; '.join(groups)}."


def _plateau(by_size: pd.DataFrame, quantity: str, *, scale: str, limit: float, level: float) -> str:
    """Where the plateaus of those sizes lie that have one, with an interval where there is one."""
    known = by_size[by_size["ratio"].notna()]
    if known.empty:
        return f"no run has a plateau of {quantity} to hold against the stability limit {limit:.4g}"
    ratios = " to ".join(dict.fromkeys(f"{ratio:.3g}" for ratio in (known["ratio"].min(), known["ratio"].max())))
    sizes = ", ".join(f"{size:g}" for size in known["size"])
    ends = f"{100 * level:g} % intervals within {known['low'].min():.3g} to {known['high'].max():.3g}"
    interval = f" ({ends})" if known["low"].notna().any() else ""
    return f"on its plateau {quantity} is {ratios} times the stability limit {limit:.4g} at {scale} {sizes}{interval}"


def _because(row: dict[Hashable, Any]) -> str:
    """The word of one size, and where it is open the reason."""
    if row["word"] != OPEN:
        return str(row["word"])
    if row["lost"]:
        return "open, runs were lost"
    if row["seeds"] < FEWEST_SEEDS:
        return "open, too few seeds"
    if isnan(row["change_low"]):
        return "open, too few checkpoints on the plateau"
    return "open, the ratio or its change over the plateau is not shown to be within the margin, nor beyond"


def edge_notes(
    table: pd.DataFrame, runs: pd.DataFrame, by_size: pd.DataFrame, *, quantity: str, scale: str, skipped: int
) -> tuple[str, ...]:
    """What a reader must know besides: lost and unfinished runs, skipped steps, plateaus that still rise."""
    notes = []
    lost = by_size[by_size["lost"] > 0]
    if len(lost):
        told = ", ".join(f"{row['lost']:g} at {scale} {row['size']:g}" for row in lost.to_dict("records"))
        notes.append(
            "Runs that diverged, stopped before the others, or have values that are no positive numbers: "
            f"{told}. Their sizes are not judged."
        )
    if not has_ends(table):
        notes.append("The table does not say how runs ended: one whose last values are not finite counts as diverged.")
    if not runs["finished"].all():
        reasons = counted(list(dict.fromkeys(runs.loc[~runs["finished"], "unfinished"])))
        notes.append(f"Runs that are not finished and do not enter: {int((~runs['finished']).sum())} ({reasons}).")
    measured = runs["run"].isin(table.loc[table["quantity"] == quantity, "run"])
    missing = int((runs["finished"] & ~runs["diverged"] & ~measured).sum())
    if missing:
        notes.append(f"Runs in which {quantity} was not measured, and which do not enter: {missing}.")
    if skipped:
        notes.append(f"Steps of a size that were left out, because some run has no value there: up to {skipped}.")
    moving = by_size[(by_size["word"] == OPEN) & (by_size["change_low"] > 0)]
    if len(moving):
        sizes = ", ".join(f"{size:g}" for size in moving["size"])
        notes.append(f"Still rising over the plateau at {scale} {sizes}: train longer.")
    if _on_mini_batches(table) and "batch" not in quantity:
        notes.append(
            "The runs are trained on mini-batches, and the limit is that of full-batch training: with mini-batches the "
            "sharpness may settle below it."
        )
    return tuple(notes)


def _on_mini_batches(table: pd.DataFrame) -> bool:
    """Whether some run is known to be trained on less than all examples at once."""
    if "batch_size" not in table:
        return False
    everything = table["train_examples"].astype(float) if "train_examples" in table else pd.Series(inf, table.index)
    return bool((table["batch_size"].astype(float) < everything.fillna(inf)).any())
