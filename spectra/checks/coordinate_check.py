"""Whether a parameterization is right: do the layers of wide and narrow networks move as the regime says?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from spectra.checks.arguments import compared_sizes, require_model, require_set_up
from spectra.checks.batches import random_batch
from spectra.checks.cause import Cause
from spectra.checks.causes import likely_causes
from spectra.checks.evidence import evidence_of
from spectra.checks.gathering import gather
from spectra.checks.judging import judged_exponents, verdict
from spectra.checks.model_trials import model_trials, named_regime, resized, tuned_optimizer
from spectra.checks.plan import Plan
from spectra.checks.report import report
from spectra.checks.trial import SetUp
from spectra.data import Dataset
from spectra.models import ModelSpec
from spectra.notebook import as_html
from spectra.scaling import Regime, Size, optimizer_family, regime
from spectra.scaling.named_regime import family_of_class
from spectra.training.optimizers import OptimizerSpec
from spectra.verdicts.size_exponents import FAIL


@dataclass(frozen=True)
class CoordinateCheck:
    """A verdict on a parameterization with everything that it rests on; `str()` is a report to read.

    Attributes:
        verdict: "pass", "fail" or "not enough seeds". Settings that are wrong fail even where all layers pass: rate
            times decay, momentum or the rate of an output bias that depend on the size, a schedule that sets rates.
        exponents: A row for each layer and quantity: place, exponent, low, high, predicted, verdict and more; see
            `size_exponents`. The quantity `size` is the root mean square of the layer's output at the start, `change`
            that of its change after the steps.
        causes: What the failure looks like, likeliest first; none without one.
        notes: What a reader should know besides, also after a pass.
        regime: What was expected.
        plan: How it was measured and judged.
        sizes: Widths or depths, ascending.
        table: All values of layers: size, seed, layer, quantity, step, value; see `Measured`.
        parameters: The same of the parameters and the optimizer's settings for them.
    """

    verdict: str
    exponents: pd.DataFrame
    causes: tuple[Cause, ...]
    notes: tuple[str, ...]
    regime: Regime
    plan: Plan
    sizes: tuple[int, ...]
    table: pd.DataFrame
    parameters: pd.DataFrame

    _repr_html_ = as_html

    def __str__(self) -> str:
        """Every layer with its exponent, interval, prediction and verdict; then the verdict and the likeliest cause."""
        return report(self)


def coordinate_check(
    model: ModelSpec,
    regime: str | Regime,
    sizes: Sequence[int],
    *,
    optimizer: str | OptimizerSpec = "sgd",
    data: Dataset | None = None,
    plan: Plan = Plan(),  # noqa: B008
) -> CoordinateCheck:
    """Check a network of `spectra.models` under a regime, across widths or depths.

    Args:
        model: The network; its width or depth is replaced by each of the sizes.
        regime: A name, whose base then is the smallest network (see `named_regime`), or a regime, broken ones too.
        sizes: Widths or depths, as `plan.scale` says; three doublings are enough.
        optimizer: "sgd", "adam" or "adamw", at a rate tuned on the smallest network, or a spec with its own rate.
        data: All of its training examples are the batch. None: `random_batch`.
        plan: How to measure and judge.

    Returns:
        The check.

    Raises:
        ValueError: If there are fewer than two sizes, the model cannot have one of them, or a name is unknown.
        TypeError: If the model is no spec, or the sizes are no list.

    >>> from spectra.models import MLP
    >>> check = coordinate_check(MLP(32), "mup", (32, 64, 128), optimizer="adam", plan=Plan(steps=2))
    >>> check.exponents.shape[0]  # sizes and changes of two blocks and their layers, input, readout, output
    14
    """
    found = compared_sizes(sizes)
    require_model(model, plan)
    base, *_ = (resized(model, size, plan) for size in found)
    batch = random_batch(model) if data is None else data
    name = optimizer if isinstance(optimizer, str) else optimizer.kind
    wanted = named_regime(regime, name, base.size, plan)
    spec = tuned_optimizer(optimizer, base, wanted, batch, plan) if isinstance(optimizer, str) else optimizer
    return _check(model_trials(model, wanted, spec, batch, plan), wanted, found, plan)


def check_trials(
    set_up: SetUp,
    regime: str | Regime,
    sizes: Sequence[int],
    *,
    optimizer: str | None = None,
    plan: Plan = Plan(),  # noqa: B008
) -> CoordinateCheck:
    """Check your own network, however it was parameterized, against what a regime predicts.

    Nothing of this library needs to be in it. With our `parameterize`, a set-up reads:

        def set_up(width: int, seed: int) -> Trial:
            size = Size(width, 2)
            module = build(size)
            parameterize(module, mup, size, torch.Generator().manual_seed(seed), roles=table)
            groups = parameter_groups(module, mup, size, rate=0.01, decay=0.0, roles=table)
            return Trial(module, torch.optim.Adam(groups), loss)

    Args:
        set_up: (size, seed) -> Trial(module, optimizer, loss), with new weights at each call.
        regime: What is expected, by its name or as a table.
        sizes: Widths or depths, as `plan.scale` says.
        optimizer: "sgd" for one whose updates grow with the gradient, "adam" for one whose do not; None: told by the
            class of the trial's optimizer.
        plan: How to measure and judge.

    Returns:
        The check.

    Raises:
        ValueError: If there are fewer than two sizes, a name is unknown, the optimizer's class does not tell its
            family or is not of the regime's, or the trials do not depend on the size or the seed.
        TypeError: If the set-up is no function, or returns no trial.
    """
    require_set_up(set_up)
    return _check(set_up, regime, compared_sizes(sizes), plan, optimizer=optimizer)


def _check(
    set_up: SetUp, wanted: str | Regime, sizes: tuple[int, ...], plan: Plan, *, optimizer: str | None = None
) -> CoordinateCheck:
    gathered = gather(set_up, sizes, plan)
    family = optimizer_family(optimizer) if optimizer else _family(gathered.optimizer, wanted)
    expected = wanted if isinstance(wanted, Regime) else _expected(wanted, family, sizes)
    if expected.optimizer != family:
        raise ValueError(
            f"the regime {expected.name} is that for {expected.optimizer}, and the trials have {gathered.optimizer}; "
            f'build it with regime("{expected.name}", optimizer="{family}", ...)'
        )
    exponents = judged_exponents(gathered, expected, plan)
    word = verdict(exponents)
    causes, notes = likely_causes(evidence_of(gathered, exponents, expected, plan), word)
    return CoordinateCheck(
        verdict=FAIL if causes else word,
        exponents=exponents,
        causes=causes,
        notes=notes,
        regime=expected,
        plan=plan,
        sizes=sizes,
        table=gathered.layers,
        parameters=gathered.parameters,
    )


def _expected(name: str, optimizer: str, sizes: tuple[int, ...]) -> Regime:
    """A regime by its name; its base does not matter to the powers."""
    return regime(name, optimizer=optimizer, base=Size(sizes[0], sizes[0]))


def _family(optimizer: str, wanted: str | Regime) -> str:
    """Family of an optimizer by its class; of an unknown one that of the regime."""
    known = family_of_class(optimizer) or (wanted.optimizer if isinstance(wanted, Regime) else None)
    if known is not None:
        return known
    raise ValueError(
        f'it is not known how the updates of {optimizer} scale; pass optimizer="adam" if they do not depend on the '
        'size of the gradient, as those of Lion, or optimizer="sgd" if they grow with it'
    )
