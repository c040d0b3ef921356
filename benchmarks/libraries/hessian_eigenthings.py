"""hessian-eigenthings: Lanczos with a fixed number of steps, power iteration with deflation, Hutch++."""

from __future__ import annotations

from collections.abc import Callable

import torch
from hessian_eigenthings import (
    GGNOperator,
    HessianOperator,
    deflated_power_iteration,
    lanczos,
    spectral_density,
    supervised_forward,
    supervised_loss,
    supervised_loss_of_output,
    trace,
)
from torch import Tensor
from workloads import Workload

from libraries.found import Found, Work


def products(workload: Workload, vector: Tensor) -> dict[str, Callable[[], Callable[[], Tensor]]]:
    """Its Hessian and Gauss-Newton products; it keeps nothing between them."""

    def multiplied(operator: HessianOperator | GGNOperator) -> Callable[[], Tensor]:
        return lambda: operator @ vector

    return {
        "Hessian": lambda: multiplied(_hessian(workload)),
        "Gauss-Newton": lambda: multiplied(
            GGNOperator(workload.module, _data(workload), supervised_forward, supervised_loss_of_output(workload.loss))
        ),
    }


def eigenvalues(workload: Workload, count: int) -> dict[str, Work]:
    """Lanczos, which makes twice as many steps as eigenvalues are asked for, and power iteration; both at defaults."""

    def by(method: Callable[..., object]) -> Work:
        def found(seed: int) -> Found:
            pairs = method(_hessian(workload), k=count, seed=seed)
            claim = "converged" if bool(pairs.converged.all()) else "not converged"
            return Found(pairs.eigenvalues.sort(descending=True).values, pairs.iterations, claim)

        return found

    return {"Lanczos, default steps": by(lanczos), "power iteration, defaults": by(deflated_power_iteration)}


def traces(workload: Workload, probes: int) -> dict[str, Work]:  # noqa: ARG001
    """Hutch++ with 100 products, its default."""

    def found(seed: int) -> Found:
        estimate = trace(_hessian(workload), seed=seed)
        return Found(torch.tensor([estimate.estimate]), 99, f"{estimate.stderr / abs(estimate.estimate):.1%}")

    return {"Hutch++, 100 products (default)": found}


def densities(workload: Workload, probes: int, steps: int) -> dict[str, Work]:
    """Stochastic Lanczos quadrature."""

    def found(seed: int) -> Found:
        density = spectral_density(_hessian(workload), num_runs=probes, lanczos_steps=steps, seed=seed)
        moments = (density.raw_weights * density.raw_eigenvalues**2).sum(1)
        return Found(moments.mean()[None], probes * steps)

    return {f"{probes} probes of {steps} steps": found}


def _hessian(workload: Workload) -> HessianOperator:
    return HessianOperator(workload.module, _data(workload), supervised_loss(workload.loss))


def _data(workload: Workload) -> list[tuple[Tensor, Tensor]]:
    return [(workload.inputs, workload.targets)]
