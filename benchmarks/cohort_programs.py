"""One update and one Hessian product: by hand for one network, and as one program for the members of a cohort."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from cohort_workloads import WORKLOADS, Workload

from spectra.operators.hessian_stack import hessian_stack
from spectra.training import RunSpec, most_members
from spectra.training.cohort import Cohort
from spectra.training.initial_cohort import cohort

Programs = dict[str, Callable[[], object]]
"""What makes one update, or one product, of every member."""


@dataclass(frozen=True)
class Task:
    """Which networks, how many, and where."""

    model: str
    width: int
    members: int
    device: str = "cpu"

    @property
    def workload(self) -> Workload:
        """The kind of run."""
        return WORKLOADS[self.model]

    @property
    def specs(self) -> list[RunSpec]:
        """The runs."""
        return self.workload.specs(self.width, self.members, steps=1)

    @property
    def batchable(self) -> bool:
        """Whether such networks can be batched at all."""
        return most_members(self.specs[0], device="cuda") > 1

    @property
    def most(self) -> int:
        """Members at most in a cohort of the library."""
        return most_members(self.specs[0], device=self.device)

    def cohort(self) -> Cohort:
        """The networks before the first update: one as the library runs it, several always batched."""
        started = cohort(self.specs, self.device)
        return started if self.members == 1 else replace(started, stack=replace(started.stack, batched=True))


def plain_programs(task: Task) -> Programs:
    """A module and torch's own optimizer; for products the graph of its gradient, kept."""
    started = task.cohort()
    dataset, batch = started.dataset, task.workload.batch
    trained, measured = started.module(0), started.module(0)
    optimizer = torch.optim.SGD(trained.parameters(), lr=1e-3)

    def update() -> None:
        rows = torch.randperm(len(dataset.inputs), device=dataset.inputs.device)[:batch]
        optimizer.zero_grad()
        dataset.criterion.losses(trained(dataset.inputs[rows]), dataset.targets[rows]).mean().backward()
        optimizer.step()

    parameters = list(measured.parameters())
    loss = dataset.criterion.losses(measured(dataset.inputs[:batch]), dataset.targets[:batch]).mean()
    slope = torch.autograd.grad(loss, parameters, create_graph=True)
    vector = [torch.randn_like(parameter) for parameter in parameters]
    return {
        "updates": update,
        "products": lambda: torch.autograd.grad(slope, parameters, vector, retain_graph=True),
    }


def stack_programs(task: Task) -> Programs:
    """The program of a cohort."""
    started, batch = task.cohort(), task.workload.batch
    dataset = started.dataset
    measured = started.weights.clone()
    operators = hessian_stack(
        started.stack, dataset.criterion, measured, dataset.inputs[:batch], dataset.targets[:batch]
    )
    vectors = torch.randn_like(measured)
    return {"updates": lambda: started.advance(1), "products": lambda: operators.product(vectors)}
