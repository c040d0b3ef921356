"""Does a quantity keep its value while networks grow? Equivalence tests over seeds."""

from dataclasses import dataclass
from math import log

import pandas as pd

from spectra.fitting.intervals import Interval
from spectra.verdicts.consistency_verdict import notes_of, verdict_of
from spectra.verdicts.consistency_words import Evidence
from spectra.verdicts.growth import fade_exponent, growth_by_size, seed_growth
from spectra.verdicts.seed_blocks import SeedBlocks, seed_blocks
from spectra.verdicts.size_trend import size_trend


@dataclass(frozen=True)
class SuperConsistency:
    """Verdict on how a quantity depends on size along training, with the numbers behind it."""

    quantity: str
    scale: str  # the column that grows: "width" or "depth"
    sizes: tuple[float, ...]  # ascending
    seeds: tuple[int, ...]  # seeds that are complete and entered the tests
    verdict: str  # consistent | trivially consistent | inconsistent | inconclusive
    sentence: str  # the verdict in plain words, with numbers
    notes: tuple[str, ...]  # what a reader must know besides: exclusions, skipped steps, unconverged values
    margin: float  # largest |slope| that counts as no dependence, log units per doubling
    total_margin: float  # largest change over the whole range of sizes, log units
    trend: pd.DataFrame  # step, slope, low, high, band_low, band_high, lack_of_fit, largest_gap; see `size_trend`
    mean_slope: float  # slope averaged over the checkpoints, log units per doubling
    mean_slope_interval: Interval  # simultaneous with the band
    growth: pd.DataFrame  # size, growth, low, high: log growth from the first checkpoint to the plateau
    fade: float  # exponent q of growth ~ size^-q; nan when the growth has none
    fade_interval: Interval
    excluded: pd.DataFrame  # size, seed, reason: runs that did not enter, and why
    skipped_steps: tuple[int, ...]  # steps at which some complete run has no value


def super_consistency(
    table: pd.DataFrame,
    quantity: str = "effective_sharpness",
    *,
    scale: str = "width",
    margin: float = log(1.05),
    total_margin: float = log(1.25),
    level: float = 0.90,
    plateau: float = 0.5,
) -> SuperConsistency:
    """Test whether the logarithm of `quantity` depends on size, at every checkpoint.

    Test A, equivalence: the slope b(t) of log quantity over log2 size must lie within the margin at every checkpoint,
    shown by pointwise intervals (`size_trend` gives the reasons), and so must the ratio of any two sizes within the
    total margin. Test D, triviality: a network whose quantity does not move at all in training passes test A without
    learning anything, so the growth from the first checkpoint to the plateau is judged too.

    Verdicts:

    - `consistent`: every interval is within both margins, and growth is not shown to be absent.
    - `trivially consistent`: the same, but the quantity grows by less than 10 percent at the largest size.
    - `inconsistent`: the simultaneous band, or the mean slope, lies beyond the margin.
    - `inconclusive`: none of these, or fewer than three complete seeds, two sizes or two checkpoints. Also
      when consistency holds, but only for the runs that did not diverge.

    The first two and the third are wrong with probability (1 - level) / 2 at most, if the scatter of seeds is normal.
    "Super consistent" would need a further test, that gaps below the margin do not build up in time.

    Args:
        table: Long table of one regime and one rate, over sizes and seeds.
        quantity: A positive quantity, invariant to how a network is parameterized.
        scale: The column that grows.
        margin: Largest |slope| that counts as no dependence, log units per doubling; the default is 5 percent.
        total_margin: Largest |log ratio| of two sizes that counts as none; the default is 25 percent.
        level: Confidence of the pointwise intervals; (1 - level) / 2 is the error of a verdict.
        plateau: Share of the last checkpoints that the growth averages over.

    Raises:
        ValueError: If the table cannot be used (see `seed_blocks`) or an option is out of its range.

    Source: Noci et al. 2024, arXiv 2402.17457, for the question; intersection-union tests by Berger and Hsu 1996,
    Statistical Science 11, 283; the tests are specified by this project.
    """
    _check_options(margin=margin, total_margin=total_margin, level=level, plateau=plateau)
    blocks = seed_blocks(table, quantity, scale=scale)
    trend = size_trend(blocks, level=level)
    amounts = seed_growth(blocks, plateau=plateau)
    fade = fade_exponent(amounts, blocks.sizes, level=level)
    growth = growth_by_size(amounts, blocks.sizes, level=level)
    evidence = Evidence(quantity, scale, blocks, trend, growth, fade.interval, margin, total_margin, level)
    verdict = verdict_of(evidence)
    return SuperConsistency(
        quantity=quantity,
        scale=scale,
        sizes=blocks.sizes,
        seeds=blocks.seeds,
        verdict=verdict.word,
        sentence=verdict.sentence,
        notes=notes_of(evidence, unconverged=_unconverged(table, blocks, quantity)),
        margin=margin,
        total_margin=total_margin,
        trend=trend.by_step,
        mean_slope=trend.mean_slope,
        mean_slope_interval=trend.mean_slope_interval,
        growth=growth,
        fade=fade.exponent,
        fade_interval=fade.interval,
        excluded=blocks.excluded,
        skipped_steps=blocks.skipped_steps,
    )


def _check_options(*, margin: float, total_margin: float, level: float, plateau: float) -> None:
    for name, value in (("margin", margin), ("total_margin", total_margin)):
        if not value > 0:
            raise ValueError(f"a {name} of {value} was asked; equivalence needs a positive one, for example log(1.05)")
    if not 0 < level < 1:
        raise ValueError(f"a confidence level of {level} was asked; use a number between 0 and 1, for example 0.90")
    if not 0 < plateau <= 1:
        raise ValueError(f"a plateau of {plateau} was asked; use a share of the checkpoints above 0 and up to 1")


def _unconverged(table: pd.DataFrame, blocks: SeedBlocks, quantity: str) -> int:
    """Values that were used although their computation did not reach its tolerance."""
    flags = table[(table["quantity"] == f"{quantity}_converged") & (table["index"] == 0) & (table["value"] == 0)]
    return int((flags["seed"].isin(blocks.seeds) & flags["step"].isin(blocks.steps)).sum())
