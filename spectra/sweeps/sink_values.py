"""A run as experiment trackers take it: a name, plain settings, and curves of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from spectra.training import RunSpec

Setting = bool | int | float | str
Curves = dict[str, list[tuple[int, float]]]


def label(spec: RunSpec) -> str:
    """A name for people, safe as the name of a file, that ends with the identity and so is unique."""
    size, rate = spec.model.size, spec.optimizer.rate
    shape = f"width-{size.width}-depth-{size.depth}"
    return f"{spec.regime.kind}-{shape}-rate-{rate:g}-seed-{spec.seed}-{spec.identity}"


def plain_settings(spec: RunSpec) -> dict[str, Setting]:
    """Settings under their recipe names, and the identity as `run`; what is None is left out."""
    columns = {**spec.columns(), "run": spec.identity}
    return {
        name: value if isinstance(value, Setting) else str(value)
        for name, value in columns.items()
        if value is not None
    }


def curves(table: pd.DataFrame) -> Curves:
    """Every quantity by step.

    Args:
        table: Long table of one run.

    Returns:
        Steps and values by tag, in the order of the table. The tag is the quantity where the index is zero, such as
        `loss`, and otherwise has the index behind a slash, such as `eigenvalue/1`.
    """
    found: Curves = {}
    for quantity, index, step, value in table[["quantity", "index", "step", "value"]].itertuples(index=False):
        tag = f"{quantity}/{index}" if index else str(quantity)
        found.setdefault(tag, []).append((int(step), float(value)))
    return found
