"""The verdict on the edge of stability in plain words."""

import pandas as pd

from spectra.verdicts.long_table import has_ends

AT, BELOW, ABOVE, OPEN, DIFFERS = "at the edge", "below the edge", "above the edge", "inconclusive", "differs by size"


def overall_word(words: pd.Series) -> str:
    """The word that all sizes share; else that they differ, or that some are open."""
    if words.nunique() == 1:
        return str(words.iloc[0])
    return OPEN if (words == OPEN).any() else DIFFERS


def edge_sentence(word: str, by_size: pd.DataFrame, quantity: str, *, scale: str, limit: float, level: float) -> str:
    """The verdict in plain words, with the ratio of every size."""
    told = [
        f"{row['ratio']:.3g} ({row['low']:.3g} to {row['high']:.3g}) at {scale} {row['size']:g}"
        + ("" if word == row["word"] else f", {row['word']}")
        for row in by_size.to_dict("records")
    ]
    return (
        f"{word.capitalize()}: on its plateau {quantity} is this multiple of the stability limit {limit:.4g} "
        f"({100 * level:g} % intervals): {'; '.join(told)}."
    )


def edge_notes(
    table: pd.DataFrame, runs: pd.DataFrame, by_size: pd.DataFrame, *, scale: str, skipped: int
) -> tuple[str, ...]:
    """What a reader must know besides: lost and unfinished runs, skipped steps, plateaus that still rise."""
    notes = []
    lost = by_size[by_size["lost"] > 0]
    if len(lost):
        told = ", ".join(f"{row['lost']:g} at {scale} {row['size']:g}" for row in lost.to_dict("records"))
        notes.append(f"Runs that diverged or left the positive numbers: {told}. Their sizes are not judged.")
    if not has_ends(table):
        notes.append("The table does not say how runs ended: one whose last values are not finite counts as diverged.")
    if not runs["finished"].all():
        notes.append(f"{int((~runs['finished']).sum())} runs are not finished and do not enter.")
    if skipped:
        notes.append(f"Up to {skipped} steps of a size, at which some run has no value, were left out.")
    moving = by_size[(by_size["word"] == OPEN) & (by_size["change_low"] > 0)]
    if len(moving):
        sizes = ", ".join(f"{size:g}" for size in moving["size"])
        notes.append(f"Still rising over the plateau at {scale} {sizes}: train longer.")
    if "batch_size" in table and table["batch_size"].notna().any():
        notes.append(
            "The runs are trained on mini-batches: the limit is that of full-batch training, below which noise "
            "keeps the sharpness on all examples."
        )
    return tuple(notes)
