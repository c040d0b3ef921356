"""What a check may be asked about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import index

from torch import nn

from spectra.checks.plan import Plan
from spectra.models import ModelSpec


def require_model(model: object, plan: Plan) -> None:
    """Refuse what is no spec of a model that has the size which the plan compares.

    Raises:
        TypeError: If it is no spec.
        ValueError: If it has no such size.
    """
    # A class has the attributes of its specs.
    if isinstance(model, type) or not isinstance(model, ModelSpec):
        raise TypeError(
            f"a {type(model).__name__} was given as the model; pass a spec of spectra.models, such as MLP(64), or "
            "check a network of your own with check_trials"
        )
    if not hasattr(model, plan.scale):
        raise ValueError(
            f"the model {model.kind} has no {plan.scale} that could grow; pass one that has, such as residual_mlp"
        )


def require_set_up(set_up: object) -> None:
    """Refuse what makes no trials.

    Raises:
        TypeError: If it is no function.
    """
    if isinstance(set_up, nn.Module) or not callable(set_up):
        raise TypeError(
            f"a {type(set_up).__name__} was given as the set-up; pass a function of (size, seed) that returns "
            "Trial(module, optimizer, loss), with new weights at each call"
        )


def compared_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Sizes, ascending, each once.

    Raises:
        TypeError: If they are no list.
        ValueError: If there are fewer than two.
    """
    if not isinstance(sizes, Iterable):
        raise TypeError(f"sizes: {sizes!r} was given; pass two or more in a list, such as (64, 128, 256)")
    found = tuple(sorted({index(size) for size in sizes}))
    if len(found) < 2 or found[0] < 1:
        raise ValueError(f"the sizes {list(sizes)} were given; an exponent needs two or more different ones, from 1 up")
    return found
