"""What the test over sizes found, in plain words with the numbers that it rests on (test A)."""

from itertools import combinations

from spectra.verdicts.consistency_evidence import Evidence
from spectra.verdicts.lost_runs import lost_advice, lost_words
from spectra.verdicts.size_trend import seeds_needed
from spectra.verdicts.verdict import FEW_SEEDS, FEWEST_SEEDS, percent, percents, row_at, too_alike_words, too_few_words


def missing_words(evidence: Evidence) -> str:
    """What keeps the tests from being made at all; empty if nothing does."""
    blocks, scale = evidence.blocks, evidence.scale
    if len(blocks.sizes) < 2:
        return f"there is one {scale} only ({blocks.sizes[0]:g}); a trend needs two or more, and four to be convincing."
    if len(blocks.seeds) < FEWEST_SEEDS:
        return f"{too_few_words(len(blocks.seeds), blocks.all_seeds, scale)} {_what_to_do(evidence)}"
    if len(blocks.steps) < 2:
        return (
            f"the number of checkpoints that all complete runs share is {len(blocks.steps)}; two or more are needed, "
            "one of them at the start: measure all runs at the same steps."
        )
    return too_alike_words(blocks.values)


def _what_to_do(evidence: Evidence) -> str:
    """What to do where too few seeds are complete."""
    blocks, scale = evidence.blocks, evidence.scale
    diverged = blocks.excluded[blocks.excluded["reason"].str.startswith("diverged")]
    lost = [f"{size:g}" for size in blocks.sizes if int((diverged["size"] == size).sum()) == blocks.all_seeds]
    if len(lost) == len(blocks.sizes):
        return "Every run diverged: judge at a smaller rate."
    if lost:
        return (
            f"At {scale} {', '.join(lost)} every run diverged, which is a dependence by itself. Judge at a rate at "
            "which none diverges."
        )
    if blocks.losses:
        return f"{lost_words(blocks.losses)}. {lost_advice(blocks.losses)}"
    reasons = blocks.excluded["reason"]
    return f"Run more seeds, or mend those that are out ({reasons.iloc[0]})." if len(reasons) else "Run more seeds."


def shown_words(evidence: Evidence) -> str:
    """What a passed equivalence test says."""
    by_step = evidence.trend.by_step
    slopes = percents(float(by_step["low"].min()), float(by_step["high"].max()))
    gap = percent(float(by_step["largest_gap"].max()), sign=False)
    total = percent(evidence.options.total_margin, sign=False)
    return (
        f"{evidence.named} changes by {slopes} {evidence.doubling} at each of {len(evidence.blocks.steps)} checkpoints"
        f", {evidence.span} ({100 * evidence.level:g} % intervals; {evidence.allowed}), and no two sizes differ by "
        f"more than {gap} (allowed: {total}), with {evidence.seeds}."
    )


def violation_words(evidence: Evidence) -> str:
    """How much, where and from when on the quantity depends on size."""
    trend, beyond, count = evidence.trend, evidence.violations, len(evidence.blocks.steps)
    if not len(beyond):
        mean = trend.mean_slope_interval
        return (
            f"{evidence.named} depends on {evidence.scale}. On average over {count} checkpoints it changes by "
            f"{percent(trend.mean_slope)} per doubling of {trend.mean_scale} ({100 * mean.level:g} % interval "
            f"{percents(mean.low, mean.high)}; {evidence.allowed}), with {evidence.seeds}. No single checkpoint shows "
            f"it alone. {early_words(evidence)}"
        )
    place = int(beyond["slope"].abs().to_numpy().argmax())
    most, first = row_at(beyond, place), int(beyond["step"].min())
    return (
        f"{evidence.named} depends on {evidence.scale}. At step {most['step']:g} it changes by {percent(most['slope'])}"
        f" per doubling of {beyond['scale'].iloc[place]} (simultaneous {50 * (1 + evidence.level):g} % band "
        f"{percents(most['band_low'], most['band_high'])}; {evidence.allowed}), and by "
        f"{_farthest_pair(evidence, int(most['step']))}, with {evidence.seeds}. The change is beyond the margin at "
        f"{beyond['step'].nunique()} of {count} checkpoints, first at step {first}."
        + (f" {early_words(evidence)}" if first > evidence.blocks.steps[0] else "")
    )


def early_words(evidence: Evidence) -> str:
    """Up to which step the quantity is shown to be consistent, if it is at the start."""
    until = evidence.holds_until
    if until is None:
        return "It is not shown to be consistent at the first checkpoint."
    if until == evidence.blocks.steps[0]:
        return f"It is shown to be consistent at the first checkpoint, step {until}, but not at the next."
    return f"It is shown to be consistent up to step {until}."


def open_words(evidence: Evidence) -> str:
    """Why neither consistency nor a violation was shown."""
    by_step, reach = evidence.trend.by_step, evidence.reach.to_numpy()
    if (reach < evidence.bound).all():
        gap = row_at(by_step, int(by_step["largest_gap"].to_numpy().argmax()))
        return (
            f"the slopes of {evidence.named} are within the margin, but two sizes may differ by "
            f"{percent(gap['largest_gap'], sign=False)} at step {gap['step']:g} (allowed: "
            f"{percent(evidence.options.total_margin, sign=False)}), with {evidence.seeds}: the dependence on "
            f"{evidence.scale} is no straight line, or the runs scatter too much. {early_words(evidence)}"
        )
    place = int(reach.argmax())
    worst = row_at(by_step, place)
    interval = f"{100 * evidence.level:g} % interval {percents(worst['low'], worst['high'])}"
    if worst["low"] * worst["high"] > 0 and min(abs(worst["low"]), abs(worst["high"])) >= evidence.bound:
        interval += (
            f"; the simultaneous {50 * (1 + evidence.level):g} % band, by which a change is shown, is "
            f"{percents(worst['band_low'], worst['band_high'])}"
        )
    return (
        f"the change of {evidence.named} {evidence.span} is shown neither to be small nor to be large. At step "
        f"{worst['step']:g} it is {percent(worst['slope'])} per doubling of {by_step['scale'].iloc[place]} "
        f"({interval}; {evidence.allowed}), with {evidence.seeds}; {int((reach >= evidence.bound).sum())} of "
        f"{len(by_step)} intervals leave the margin. {early_words(evidence)} {_advice(evidence)}"
    )


def survivor_words(evidence: Evidence) -> str:
    """Why a passed test does not count when runs were lost to it."""
    losses = evidence.blocks.losses
    return (
        f"{lost_words(losses)}, and whether a run is lost may itself depend on {evidence.scale}. {lost_advice(losses)}"
    )


def trend_seeds(evidence: Evidence) -> int | None:
    """Seeds with which the slopes at all checkpoints would probably be shown to be within the margin.

    None where no number is in sight, or where a handful of seeds gives no scatter to reckon with.
    """
    by_step, seeds = evidence.trend.by_step, len(evidence.blocks.seeds)
    if seeds < FEW_SEEDS or (evidence.reach < evidence.bound).all():
        return None
    return seeds_needed(by_step, seeds, level=evidence.level, margin=evidence.bound)


def _advice(evidence: Evidence) -> str:
    if not (evidence.trend.by_step["slope"].abs() < evidence.bound).all():
        return "Some slope itself is beyond the margin: more seeds would tell whether that is chance."
    seeds, needed = len(evidence.blocks.seeds), trend_seeds(evidence)
    if seeds < FEW_SEEDS:
        return f"Run more seeds: from {seeds} it cannot be told how many would do."
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
