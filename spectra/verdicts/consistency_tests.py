"""All tests on one arranged table."""

from dataclasses import replace

import pandas as pd

from spectra.verdicts.accumulation import accumulation, gap_itself, without_limit
from spectra.verdicts.accumulation_reference import limitless
from spectra.verdicts.consistency_evidence import Evidence
from spectra.verdicts.consistency_options import Options
from spectra.verdicts.fade_exponent import fade_exponent
from spectra.verdicts.growth import growth_by_size, seed_growth
from spectra.verdicts.noise_ratio import noise_ratio
from spectra.verdicts.quantity_limits import known_limit
from spectra.verdicts.seed_blocks import SeedBlocks
from spectra.verdicts.size_trend import size_trend


def evidence_of(
    blocks: SeedBlocks,
    options: Options,
    *,
    quantity: str = "effective_sharpness",
    index: int = 0,
    moved: pd.DataFrame | None = None,
) -> Evidence:
    """Results of all tests on one arranged table; `moved` is the movement of kernel and weights, if measured."""
    level, amounts = options.level, seed_growth(blocks, plateau=options.plateau)
    found = Evidence(
        quantity=quantity,
        index=index,
        blocks=blocks,
        options=options,
        trend=size_trend(blocks, level=level),
        accumulation=accumulation(blocks, options),
        noise=noise_ratio(blocks, level=level),
        growth=growth_by_size(amounts, blocks.points, level=level),
        fade=fade_exponent(amounts, blocks.sizes, level=level),
        movement=moved,
    )
    if known_limit(quantity) == 0:
        return replace(found, accumulation=gap_itself(blocks.points.columns[0], level))
    if found.violated and limitless(blocks):
        return replace(found, accumulation=without_limit(blocks.points.columns[0], level))
    return found


def one_in(evidence: Evidence, count: int) -> Evidence:
    """The same tests on the first and then every `count`-th checkpoint."""
    blocks = replace(
        evidence.blocks, steps=evidence.blocks.steps[::count], values=evidence.blocks.values[:, :, ::count]
    )
    return evidence_of(
        blocks, evidence.options, quantity=evidence.quantity, index=evidence.index, moved=evidence.movement
    )
