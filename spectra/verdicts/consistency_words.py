"""What the test over sizes found, in plain words with the numbers that it rests on (test A)."""

from itertools import combinations

import numpy as np

from spectra.verdicts.consistency_evidence import Evidence
from spectra.verdicts.size_trend import seeds_needed
from spectra.verdicts.verdict import FEWEST_SEEDS, percent, range_words, row_at


def missing_words(evidence: Evidence) -> str:
    """What keeps the tests from being made at all; empty if nothing does."""
    blocks, scale = evidence.blocks, evidence.scale
    if len(blocks.sizes) < 2:
        return f"there is one {scale} only ({blocks.sizes[0]:g}); a trend needs two or more, and four to be convincing."
    if len(blocks.seeds) < FEWEST_SEEDS:
        diverged = blocks.excluded[blocks.excluded["reason"].str.startswith("diverged")]
        lost = [f"{size:g}" for size in blocks.sizes if int((diverged["size"] == size).sum()) == blocks.all_seeds]
        told = f" At {scale} {', '.join(lost)} every run diverged, which is a dependence by itself." if lost else ""
        return (
            f"{len(blocks.seeds)} of {blocks.all_seeds} seeds are complete at every {scale}, and {FEWEST_SEEDS} are "
            f"the fewest that can be judged.{told} {_more_seeds(evidence, diverged=len(diverged) > 0)}"
        )
    if len(blocks.steps) < 2:
        return (
            f"the number of checkpoints that all complete runs share is {len(blocks.steps)}; two or more are needed, "
            "one of them at the start: measure all runs at the same steps."
        )
    return ""


def _more_seeds(evidence: Evidence, *, diverged: bool) -> str:
    """What to do where too few seeds are complete."""
    if diverged:
        return "Run more seeds, or judge at a rate at which none diverges."
    reasons = evidence.blocks.excluded["reason"]
    return f"Run more seeds, or mend those that are out ({reasons.iloc[0]})." if len(reasons) else "Run more seeds."


def shown_words(evidence: Evidence) -> str:
    """What a passed equivalence test says."""
    by_step = evidence.trend.by_step
    return (
        f"{evidence.span} changes by at most {percent(float(evidence.reach.max()), sign=False)} per doubling at every "
        f"one of {len(evidence.blocks.steps)} checkpoints (slopes b between {by_step['slope'].min():+.4f} and "
        f"{by_step['slope'].max():+.4f} log units, {100 * evidence.level:g} % intervals between "
        f"{by_step['low'].min():+.4f} and {by_step['high'].max():+.4f}; {evidence.allowed}), and no two sizes differ "
        f"by more than {percent(float(by_step['largest_gap'].max()), sign=False)} (allowed: "
        f"{percent(evidence.options.total_margin, sign=False)}), with {evidence.seeds}."
    )


def violation_words(evidence: Evidence) -> str:
    """Where, from when on and how much the quantity depends on size."""
    trend, beyond = evidence.trend, evidence.violations
    count = len(evidence.blocks.steps)
    if not len(beyond):
        return (
            f"{evidence.span} changes by {percent(trend.mean_slope)} per doubling{_of(evidence, trend.mean_scale)} on "
            f"average over {count} checkpoints (b = {trend.mean_slope:+.3f} log units, "
            f"{range_words(trend.mean_slope_interval, 3)}; {evidence.allowed}), with {evidence.seeds}. No single "
            f"checkpoint shows it alone. {early_words(evidence)}"
        )
    excess = np.maximum(beyond["band_low"].to_numpy(), -beyond["band_high"].to_numpy())
    place = int(excess.argmax())
    worst = row_at(beyond, place)
    return (
        f"{evidence.named} depends on {evidence.scale}. At step {worst['step']:g} it changes by "
        f"{percent(worst['slope'])} per doubling{_of(evidence, str(beyond['scale'].iloc[place]))} "
        f"(b = {worst['slope']:+.3f} log units, simultaneous {50 * (1 + evidence.level):g} % band "
        f"{worst['band_low']:+.3f} to {worst['band_high']:+.3f}; {evidence.allowed}), and by "
        f"{_farthest_pair(evidence, int(worst['step']))}. The change is beyond the margin at "
        f"{beyond['step'].nunique()} of {count} checkpoints, first at step {beyond['step'].min():g}, with "
        f"{evidence.seeds}. {early_words(evidence)}"
    )


def early_words(evidence: Evidence) -> str:
    """Up to which step the quantity is shown to be consistent, if it is at the start."""
    until = evidence.holds_until
    if until is None:
        return "It is not shown to be consistent at the first checkpoint either."
    window = "the whole early window" if evidence.holds_early else "less than the early window"
    return f"It is consistent up to step {until} ({window}, both margins)."


def open_words(evidence: Evidence) -> str:
    """Why neither consistency nor a violation was shown."""
    by_step, reach = evidence.trend.by_step, evidence.reach.to_numpy()
    if (reach < evidence.bound).all():
        gap = row_at(by_step, int(by_step["largest_gap"].to_numpy().argmax()))
        return (
            f"{evidence.span} has no slope beyond the margin, but two sizes may differ by "
            f"{percent(gap['largest_gap'], sign=False)} at step {gap['step']:g} (allowed: "
            f"{percent(evidence.options.total_margin, sign=False)}), with {evidence.seeds}: the dependence on "
            f"{evidence.scale} is no straight line, or the runs scatter too much. {early_words(evidence)}"
        )
    place = int(reach.argmax())
    worst = row_at(by_step, place)
    return (
        f"the change of {evidence.span} is neither shown to be small nor shown to be large. At step {worst['step']:g} "
        f"it is {percent(worst['slope'])} per doubling{_of(evidence, str(by_step['scale'].iloc[place]))} "
        f"({100 * evidence.level:g} % interval {percent(worst['low'])} to {percent(worst['high'])}; "
        f"{evidence.allowed}), and {int((reach >= evidence.bound).sum())} of {len(by_step)} intervals leave the "
        f"margin, with {evidence.seeds}. {early_words(evidence)} {_advice(evidence)}"
    )


def survivor_words(evidence: Evidence) -> str:
    """Why a passed test does not count when runs were lost to it."""
    return (
        f"{evidence.blocks.lost_runs} runs diverged or left the positive numbers, so the runs that are left were "
        f"chosen by their outcome, and what was lost may itself depend on {evidence.scale}. Judge at a rate at which "
        "no run is lost."
    )


def trend_seeds(evidence: Evidence) -> int | None:
    """Seeds with which the slopes at all checkpoints would probably be shown to be within the margin."""
    by_step, seeds = evidence.trend.by_step, len(evidence.blocks.seeds)
    if (evidence.reach < evidence.bound).all():
        return None
    return seeds_needed(by_step, seeds, level=evidence.level, margin=evidence.bound)


def _advice(evidence: Evidence) -> str:
    if not (evidence.trend.by_step["slope"].abs() < evidence.bound).all():
        return "The estimate itself is beyond the margin: more seeds would tell whether that is chance."
    needed = trend_seeds(evidence)
    if needed is None:
        return "More than a thousand seeds would be needed: measure with less noise or widen the margin."
    return f"With about {needed} seeds the worst checkpoint would pass in four of five repetitions, all else equal."


def _farthest_pair(evidence: Evidence, step: int) -> str:
    """The two sizes that differ most at one checkpoint, in words."""
    blocks = evidence.blocks
    means = blocks.values.mean(axis=0)[:, blocks.steps.index(step)]
    small, large = max(combinations(range(len(means)), 2), key=lambda pair: abs(means[pair[1]] - means[pair[0]]))
    labels = blocks.points.labels
    return f"{percent(float(means[large] - means[small]))} from {evidence.scale} {labels[small]} to {labels[large]}"


def _of(evidence: Evidence, column: str) -> str:
    """Which of two columns a slope is along; empty where there is one."""
    return f" of {column}" if len(evidence.blocks.points.columns) > 1 else ""
