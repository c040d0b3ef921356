"""How a check measures and judges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Scale = Literal["width", "depth"]


@dataclass(frozen=True)
class Plan:
    """How a check measures and judges.

    The defaults are those with which right networks pass and broken ones fail. Under muP and Adam or SGD, over three
    doublings of the width from 16, 32 or 64 on, no exponent of perceptrons, residual, convolutional and transformer
    networks is off by more than 0.09 after 10 updates (0.20 after 5: attention starts slowly), and faults are off by
    0.33 and more; the tolerance lies between. Of 5 seeds the intervals of outputs and attention logits reach 0.18,
    of 8 up to 0.1.

    Attributes:
        scale: What the sizes are.
        steps: Updates after which changes are judged.
        seeds: One training of every size for each.
        tolerance: Largest distance of an exponent from its prediction that counts as none.
        level: Confidence of the intervals.
        every_step: Whether changes are judged after each update, and not after the last alone.
    """

    scale: Scale = "width"
    steps: int = 10
    seeds: Sequence[int] = (0, 1, 2, 3, 4, 5, 6, 7)
    tolerance: float = 0.15
    level: float = 0.95
    every_step: bool = False

    def __post_init__(self) -> None:
        if self.scale not in ("width", "depth"):
            raise ValueError(f"a scale {self.scale!r} was given; it is 'width' or 'depth'")
        if self.steps < 1:
            raise ValueError(f"{self.steps} steps were asked for; a change needs one or more")
        if not isinstance(self.seeds, Iterable):
            raise TypeError(f"seeds: {self.seeds!r} was given; pass the seeds themselves, such as range(8)")
        if len(set(self.seeds)) < max(2, len(self.seeds)):
            raise ValueError(f"the seeds {list(self.seeds)} were given; an interval needs two or more different ones")
        if not self.tolerance > 0:
            raise ValueError(f"a tolerance of {self.tolerance} was given; use a positive one, for example 0.15")
        if not 0 < self.level < 1:
            raise ValueError(f"a confidence level of {self.level} was given; use one between 0 and 1, for example 0.95")
