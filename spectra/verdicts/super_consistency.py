"""Does a quantity keep its value while networks grow, and does it stay so in training? Equivalence tests over seeds."""

from dataclasses import dataclass
from math import log

import pandas as pd

from spectra.fitting.intervals import Interval
from spectra.notebook import as_html
from spectra.verdicts.accumulation import Accumulation
from spectra.verdicts.consistency_notes import notes_of
from spectra.verdicts.consistency_options import Options
from spectra.verdicts.consistency_tests import evidence_of
from spectra.verdicts.consistency_verdict import verdict_of
from spectra.verdicts.long_table import long_table
from spectra.verdicts.movement import movement
from spectra.verdicts.seed_blocks import seed_blocks


@dataclass(frozen=True, repr=False)
class SuperConsistency:
    """Verdict on how a quantity depends on size along training, with the numbers behind it."""

    quantity: str
    index: int  # entry of the quantity, 0 for a scalar
    scale: str  # what grows: "width", "depth", or "width × depth"
    sizes: tuple[float, ...]  # ascending; for two columns their product
    seeds: tuple[int, ...]  # seeds that are complete and entered the tests
    verdict: str  # super consistent | consistent but accumulating | trivially consistent | inconsistent | inconclusive
    sentence: str  # the verdict in plain words, with numbers
    notes: tuple[str, ...]  # what a reader must know besides: exclusions, skipped steps, unconverged values
    more_seeds: int | None  # where inconclusive: further seeds with which it would probably be settled
    margin: float  # largest |slope| that counts as no dependence, log units per doubling
    total_margin: float  # largest change over the whole range of sizes, log units
    bound: float  # largest |slope| that satisfies both margins: what every checkpoint was held against
    trend: pd.DataFrame  # scale, step, slope, low, high, band_low, band_high, lack_of_fit, largest_gap
    mean_slope: float  # slope averaged over the checkpoints, log units per doubling; of two columns the steeper
    mean_slope_interval: Interval  # simultaneous with the band
    accumulation: Accumulation  # gap to infinite size in time
    noise: pd.DataFrame  # step, size_deviation, seed_deviation, ratio, low, high; see `noise_ratio`
    growth: pd.DataFrame  # size, growth, low, high: log growth from the first checkpoint to the plateau
    fade: float  # exponent q of growth ~ size^-q; nan when the growth has none
    fade_interval: Interval
    movement: pd.DataFrame | None  # quantity, size, movement, low, high, fade, fade_low, fade_high; None: not measured
    excluded: pd.DataFrame  # size, seed, reason: runs that did not enter, and why
    skipped_steps: tuple[int, ...]  # steps at which some complete run has no value

    _repr_html_ = as_html

    def __repr__(self) -> str:
        """The verdict in plain words."""
        return f"SuperConsistency({self.sentence})"


def super_consistency(
    table: pd.DataFrame,
    quantity: str = "effective_sharpness",
    *,
    index: int = 0,
    scale: str | tuple[str, str] = "width",
    margin: float = log(1.05),
    total_margin: float = log(1.25),
    level: float = 0.90,
    early: float = 0.25,
    plateau: float = 0.5,
) -> SuperConsistency:
    """Test whether the logarithm of `quantity` depends on size, at every checkpoint, and whether gaps build up.

    - Test A, equivalence: the slope b(t) of log quantity over log2 size must lie within the margin at every checkpoint,
      shown by pointwise intervals (`size_trend` gives the reasons), and so must the ratio of any two sizes within the
      total margin.
    - Test B, accumulation: the gap to infinite size must not be shown to grow in training, and must be shown to stay
      below the total margin or not to grow (`accumulation`). Infinite size is extrapolated: gaps that fall more slowly
      than size^(-1/2) are taken for smaller than they are.
    - Test C, for comparison only: the scatter of sizes in units of that of seeds (`noise_ratio`).
    - Test D, triviality: a network in which nothing moves passes A and B without learning anything, so the growth of
      the quantity from the first checkpoint to the plateau is judged too, and the movement of the tangent kernel where
      the table has it (`movement`): lazy networks move their kernels less and less as they grow. A loss falls in any
      case: there the kernel alone decides.

    Verdicts, in the order in which they are considered:

    - `inconclusive`: fewer than three complete seeds with numbers of their own, two sizes or two checkpoints.
    - `inconsistent`: the simultaneous band, or the mean slope, lies beyond the margin.
    - `trivially consistent`: A holds at every checkpoint, the quantity changes by less than a tenth at the largest
      size, and the movement of the kernel, where measured, fades with size or is none.
    - `consistent but accumulating`: A holds at every checkpoint, or in the early window without a violation later, and
      B shows that the gap grows.
    - `super consistent`: A and B hold, and it is not trivial.
    - `inconclusive`: none of these. Also when A holds, but only for the runs that did not diverge.

    Each checkpoint must pass, and the band is wider for more of them: twenty are enough. Choose them before the curves
    are seen, because every further choice is another chance to err.

    Each of the three words when test A is false is wrong with probability (1 - level) / 2 at most, and "inconsistent"
    with half of that, if the scatter of seeds is normal. "super consistent" does not exclude a gap that grows within
    the total margin: the sentence names the largest that could be there. In simulations with a scatter of seeds of 2
    percent, a gap that grows linearly to 8 percent passed in 88 of 100 studies of 3 seeds, in 38 of 5, in 3 of 8 and in
    none of 16.

    Args:
        table: Long table of one regime and one rate, over sizes and seeds.
            Without a column `index` it is 0 everywhere; `regime` and `rate` may be absent.
        quantity: A positive quantity, invariant to how a network is parameterized.
        index: Entry of the quantity, for example 1 for the second eigenvalue.
        scale: The column that grows, or two columns: the slopes per doubling of each must then be small.
        margin: Largest |slope| that counts as no dependence, log units per doubling; the default is 5 percent.
        total_margin: Largest |log ratio| of two sizes that counts as none; the default is 25 percent.
        level: Confidence of the pointwise intervals; (1 - level) / 2 is the error of a verdict.
        early: Share of the first checkpoints that are the early window.
        plateau: Share of the last checkpoints that the growth averages over.

    Raises:
        ValueError: If the table cannot be used (see `seed_blocks`) or an option is out of its range.

    Source: Noci et al. 2024, arXiv 2402.17457, for the question; intersection-union tests by Berger and Hsu 1996,
    Statistical Science 11, 283; the tests are specified by this project.
    """
    options = Options(margin=margin, total_margin=total_margin, level=level, early=early, plateau=plateau)
    table = long_table(table, ["seed"])
    blocks = seed_blocks(table, quantity, scale=scale, index=index)
    evidence = evidence_of(blocks, options, quantity=quantity, index=index, moved=movement(table, blocks, level=level))
    verdict = verdict_of(evidence)
    return SuperConsistency(
        quantity=quantity,
        index=index,
        scale=evidence.scale,
        sizes=blocks.sizes,
        seeds=blocks.seeds,
        verdict=verdict.word,
        sentence=verdict.sentence,
        notes=notes_of(evidence, table),
        more_seeds=verdict.more_seeds,
        margin=margin,
        total_margin=total_margin,
        bound=evidence.bound,
        trend=evidence.trend.by_step,
        mean_slope=evidence.trend.mean_slope,
        mean_slope_interval=evidence.trend.mean_slope_interval,
        accumulation=evidence.accumulation,
        noise=evidence.noise,
        growth=evidence.growth,
        fade=evidence.fade.exponent,
        fade_interval=evidence.fade.interval,
        movement=evidence.movement,
        excluded=blocks.excluded,
        skipped_steps=blocks.skipped_steps,
    )
