"""What a reader must know besides the verdict on consistency."""

import pandas as pd

from spectra.verdicts.consistency_evidence import Evidence
from spectra.verdicts.long_table import MEASURED
from spectra.verdicts.lost_runs import ENDS_UNTOLD
from spectra.verdicts.movement import MOVEMENTS
from spectra.verdicts.verdict import FEW_SEEDS, FEWEST_SEEDS, copies_words, counted


def notes_of(evidence: Evidence, table: pd.DataFrame) -> tuple[str, ...]:
    """Exclusions, skipped steps, unconverged values, few seeds, curvature and confounded settings, in whole sentences.

    Args:
        evidence: The evidence.
        table: The long table that it was made of.
    """
    blocks, notes = evidence.blocks, []
    if not blocks.ends_told:
        notes.append(ENDS_UNTOLD)
    if len(blocks.excluded):
        runs = [_run_words(row, evidence.scale) for _, row in blocks.excluded.iterrows()]
        others = " The verdict is about the others." if blocks.seeds else ""
        notes.append(f"Runs that did not enter: {len(runs)} ({counted(runs)}).{others}")
    if blocks.skipped_steps:
        steps = counted([str(step) for step in blocks.skipped_steps])
        notes.append(f"Steps that were not judged, because some run has no value there: {steps}.")
    unconverged = _unconverged(evidence, table)
    if unconverged:
        share = f"{unconverged} of {blocks.values.size}"
        notes.append(f"Values of {evidence.named} that did not reach their tolerance: {share}.")
    if FEWEST_SEEDS <= len(blocks.seeds) < FEW_SEEDS:
        notes.append(
            f"The intervals assume that seeds scatter normally, which {len(blocks.seeds)} seeds are too few to show."
        )
    return (
        *notes,
        *copies_words(blocks.values),
        *_unmoved(evidence, table),
        *_curvature(evidence),
        *_confounded(evidence, table),
    )


def _run_words(row: pd.Series, scale: str) -> str:
    sizes = [f"{row[name]:g}" for name in row.index if name not in ("seed", "reason")]
    return f"{scale} {' × '.join(sizes[1:] or sizes)}, seed {row['seed']}: {row['reason']}"


def _unmoved(evidence: Evidence, table: pd.DataFrame) -> list[str]:
    """Movements that the table has and that could not be compared."""
    names = [name for name in MOVEMENTS if (table["quantity"] == name).any() and evidence.moved(name) is None]
    return [f"{name} is not at any one step of all runs that entered, and is left out." for name in names]


def _curvature(evidence: Evidence) -> list[str]:
    smallest = float(evidence.trend.by_step["lack_of_fit"].min()) * len(evidence.blocks.steps)
    if not smallest < (1 - evidence.level) / 2:
        return []
    return [
        f"The dependence on log {evidence.scale} is no straight line (p = {smallest:.2g}, corrected for the number of "
        "checkpoints): a slope alone does not describe it."
    ]


def _confounded(evidence: Evidence, table: pd.DataFrame) -> list[str]:
    """Settings that are fixed at every size but differ between sizes: the verdict cannot tell them from the size."""
    columns = list(evidence.blocks.points.columns)
    rest = [name for name in ("width", "depth", "batch_size", "steps") if name in table and name not in columns]
    names = [
        name
        for name in rest
        if table[name].nunique() > 1 and (table.groupby(columns)[name].nunique() == 1).all() and name not in MEASURED
    ]
    if not names:
        return []
    return [
        f"Together with {evidence.scale} these settings change: {', '.join(names)}. Their effects cannot be told apart."
    ]


def _unconverged(evidence: Evidence, table: pd.DataFrame) -> int:
    """Values that were used although their computation did not reach its tolerance."""
    flags = table[table["quantity"] == f"{evidence.quantity}_converged"]
    flags = flags[(flags["index"] == min(evidence.index, flags["index"].max())) & (flags["value"] == 0)]
    return int((flags["seed"].isin(evidence.blocks.seeds) & flags["step"].isin(evidence.blocks.steps)).sum())
