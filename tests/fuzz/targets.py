"""What is fuzzed: each makes an input from random numbers, reads it, and raises if what became of it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from tests.fuzz import curve_targets, store_targets, text_targets

Target = Callable[[Random, Path], None]
TARGETS: Mapping[str, Target] = {
    target.__name__: target
    for target in (
        text_targets.recipe,
        text_targets.options,
        text_targets.table,
        text_targets.verdict,
        curve_targets.curve,
        curve_targets.columns,
        curve_targets.cut_curve,
        curve_targets.rewritten_curve,
        curve_targets.published_fit,
        store_targets.run_folder,
        store_targets.pack,
        store_targets.checkpoint,
        store_targets.other_file,
    )
}


def generator(name: str, number: int) -> Random:
    """The random numbers of one input."""
    return Random(f"{name} {number}")
