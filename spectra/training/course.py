"""The course of a cohort: updates, measurements at their steps, members that blow up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.training.acquisition import acquired
from spectra.training.data_order import stream
from spectra.training.initial_cohort import cohort
from spectra.training.measurements import Measurement
from spectra.training.member_state import MemberState, Row
from spectra.training.rows import Memory
from spectra.training.spec import RunSpec

BLOWN_UP = 1e3
"""A run counts as diverged when its loss is this many times the loss at initialisation, or not a number."""

PATIENCE = 0.25
"""Seconds of updates between two looks at what they did."""


@dataclass(frozen=True)
class Moment:
    """Where a cohort stands between two updates.

    Attributes:
        step: Updates made, those of a pretraining included.
        steps: Updates that will be made, likewise.
        losses: The latest batch loss of each member; infinite for those that blew up.
        capture: The state of every member now, in the order of the specs.
    """

    step: int
    steps: int
    losses: Callable[[], list[float]]
    capture: Callable[[], list[MemberState]]


Watch = Callable[[Moment], None]


class Course:
    """A cohort on its way. Its tensors hold the members that go on; `rows` holds what was measured of all."""

    def __init__(self, specs: Sequence[RunSpec], device: str) -> None:
        """Begin before the first update."""
        self.specs = specs
        self._pretraining = specs[0].pretraining
        self.rows: list[list[Row]] = [[] for _ in specs]
        self._going = list(range(len(specs)))
        self._cohort = cohort(specs, device)
        self._memories: list[Memory] = [{} for _ in specs[0].measurements]
        self._limits = BLOWN_UP * self._loss()
        self._latest = torch.full((len(specs),), torch.inf, dtype=torch.float64)

    @staticmethod
    def resumed(specs: Sequence[RunSpec], device: str, states: Sequence[MemberState]) -> Course:
        """Go on from states of one step."""
        course = Course(specs, device)
        course.rows = [list(state.rows) for state in states]
        course._keep([place for place, state in enumerate(states) if not state.finished])
        tensors = [state.tensors for state in states if not state.finished]
        at = course._cohort
        for name in dict.fromkeys(name for own in tensors for name in own):
            stacked = _stacked(name, tensors).to(device)
            kind, _, rest = name.partition(".")
            if kind == "weights":
                at.weights = stacked
            elif kind == "start":
                at.expand(stacked)
            elif kind == "known":
                at.order = at.order.on(stacked.cpu())
            elif kind == "limit":
                course._limits = stacked
            elif kind == "moment":
                if rest in at.rule.moments:
                    at.moments[rest] = stacked
            else:
                place, _, key = rest.partition(".")
                course._memories[int(place)][key] = stacked
        at.step = states[0].step - course._pretraining
        at.made.clear()
        return course

    def train(self, watch: Watch | None = None) -> None:
        """Train and measure to the last step, or until no member goes on."""
        measurements, last = self.specs[0].measurements, self.specs[0].steps
        grids = [measurement.grid.steps(last) for measurement in measurements]
        for stop in sorted({0, last}.union(*grids, self.specs[0].acquired_at)):
            if stop < self._cohort.step:
                continue
            self._advance(stop, watch)
            if self._going:  # nothing is ever measured on weights that have blown up
                self._drop(self._loss()[:, None], stop)
            for place, (grid, measurement) in enumerate(zip(grids, measurements, strict=True)):
                if stop in grid and self._going:
                    self._measure(place, measurement)
            if stop in self.specs[0].acquired_at and self._going:
                self._acquire(stop)
        self._record([(self._cohort.step, [("diverged", 0, 0.0)])] * len(self._going))

    def _advance(self, stop: int, watch: Watch | None) -> None:
        updates = 1
        while self._cohort.step < stop and self._going:
            start, before = time.monotonic(), self._cohort.step
            losses = self._cohort.advance(min(updates, stop - before))
            self._drop(losses, before)
            spent = time.monotonic() - start
            if spent < PATIENCE / 2:
                updates *= 2
            elif spent > PATIENCE:
                updates = max(1, updates // 2)
            if watch is not None:
                made, last = self._cohort.step + self._pretraining, self.specs[0].steps + self._pretraining
                watch(Moment(made, last, self._latest.tolist, self._capture))

    def _loss(self) -> Tensor:
        """Mean loss of each member on all training examples, (K,)."""
        return self._cohort.mean_loss(self._cohort.dataset.inputs, self._cohort.dataset.targets)

    def _drop(self, losses: Tensor, step: int) -> None:
        """Freeze the members whose losses (K, n), from `step` on, blow up; the others go on."""
        blown = ~(losses <= self._limits[:, None])
        going = (~blown.any(1)).tolist()
        if losses.shape[1]:
            self._latest = torch.full_like(self._latest, torch.inf)
            self._latest[self._going] = torch.where(blown.any(1), torch.inf, losses[:, -1].double()).cpu()
        if all(going):
            return
        first = blown.double().argmax(1).tolist()
        self._record(
            # The table has no steps before 0: a run that blows up in its pretraining has diverged at step 0.
            [
                (max(step + at, 0), [] if stays else [("diverged", 0, 1.0)])
                for at, stays in zip(first, going, strict=True)
            ]
        )
        self._keep([place for place, stays in enumerate(going) if stays])

    def _keep(self, places: Sequence[int]) -> None:
        chosen = list(places)
        self._going = [self._going[place] for place in chosen]
        self._limits = self._limits[chosen]
        self._memories = [{name: values[chosen] for name, values in memory.items()} for memory in self._memories]
        self._cohort = self._cohort.kept(chosen)

    def _measure(self, place: int, measurement: Measurement) -> None:
        step = self._cohort.step
        seeds = [self.specs[member].seed for member in self._going]
        # A stream of its own for each step and measurement: none depends on what was measured before.
        generators = [stream(seed, 2, step, place) for seed in seeds]
        values = measurement.measure(self._cohort, self._memories[place], generators)
        self._record([(step, of_member) for of_member in values])

    def _acquire(self, step: int) -> None:
        """Let every member choose further examples, of which updates see the classes from now on."""
        first, order = self.specs[0], self._cohort.order
        generators = [stream(seed, 4, step) for seed in order.seeds]
        known = acquired(self._cohort, first.acquisition, first.acquired_examples, generators)
        self._cohort.order = order.on(known)

    def _record(self, values: Sequence[tuple[int, Iterable[tuple[str, int, float]]]]) -> None:
        for member, (step, measured) in zip(self._going, values, strict=True):
            self.rows[member] += [(step, quantity, index, value) for quantity, index, value in measured]

    def _capture(self) -> list[MemberState]:
        named = {"weights": self._cohort.weights, "limit": self._limits}
        if (expansion := self._cohort.stack.expansion) is not None:
            named["start"] = expansion.start
        if self._cohort.order.known is not None:
            named["known"] = self._cohort.order.known
        named |= {f"moment.{name}": values for name, values in self._cohort.moments.items()}
        named |= {f"memory.{i}.{name}": x for i, memory in enumerate(self._memories) for name, x in memory.items()}
        places = {member: place for place, member in enumerate(self._going)}
        return [
            MemberState(
                spec.identity,
                self._cohort.step + self._pretraining,
                member not in places,
                tuple(self.rows[member]),
                {name: values[places[member]] for name, values in named.items()} if member in places else {},
            )
            for member, spec in enumerate(self.specs)
        ]


def _stacked(name: str, tensors: Sequence[Mapping[str, Tensor]]) -> Tensor:
    """One tensor of each member. In a cohort where none has momentum it is not kept, which is the same as zero."""
    absent = name.startswith("moment.")
    return torch.stack(
        [torch.zeros_like(own["weights"]) if absent and name not in own else own[name] for own in tensors]
    )
