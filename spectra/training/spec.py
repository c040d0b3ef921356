"""What determines a run: a frozen record of plain values."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, field, fields
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator
from pydantic.dataclasses import dataclass

from spectra.data import DataSpec
from spectra.models import ModelSpec
from spectra.scaling import Regime, Size, regime
from spectra.training.acquisition import Rule
from spectra.training.measurements import Measurement
from spectra.training.optimizers import OptimizerSpec
from spectra.training.plain_settings import ADDED, plain_settings

RESULTS_FORMAT = 4
"""Part of every identity; raised when a change of the code changes numbers."""

MOST_MEASURED = 10_000_000
"""Steps at which a quantity can be measured: whoever asks for more has mistyped a number."""

SECTIONS = ("model", "data", "optimizer", "regime")

STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


@dataclass(frozen=True, config=STRICT)
class RegimeSpec:
    """A regime of `spectra.scaling.CATALOG` by its name, base size, richness and depth exponent.

    Attributes:
        kind: Name of the regime.
        base_width: Width at which all width ratios are one.
        base_depth: Depth at which all depth ratios are one.
        richness: gamma_0; see `spectra.scaling.regime`. None leaves the network of the base size as it is.
        depth_exponent: alpha, likewise. None leaves residual branches as the regime has them.
    """

    kind: Literal["mup", "ntk_matched", "ntk", "standard", "mean_field", "spectral", "depth_mup", "completep"]
    base_width: PositiveInt
    base_depth: PositiveInt
    richness: PositiveFloat | None = None
    depth_exponent: Annotated[float, Field(ge=0.5, le=1)] | None = None

    def build(self, optimizer: str) -> Regime:
        """The regime's table for an optimizer."""
        base = Size(self.base_width, self.base_depth)
        return regime(
            self.kind, optimizer=optimizer, base=base, richness=self.richness, depth_exponent=self.depth_exponent
        )


@dataclass(frozen=True, config=STRICT)
class RunSpec:
    """One training run with its measurements: the same spec gives the same table.

    Attributes:
        model: What is trained.
        data: On what.
        optimizer: How, with the base learning rate.
        regime: Under which parameterization.
        measurements: What is measured, and at which steps.
        steps: Number of updates T.
        seed: Independent initialisation and data order; runs of all sizes with one seed share the data order.
        precision: Type of weights and inputs.
        temperature: The criterion sees the outputs of the network over this number: in training, in every loss and in
            every Hessian. 1 leaves them as they are.
        threads: Threads that the run uses; part of the identity because sums of other orders have other bits.
        expansion: What is trained: the network f, its Taylor expansion f(x; w_0) + J(x) (w - w_0) about the weights w_0
            of step 0, or the tangent features J(x) (w - w_0) alone. The weights w, their rates and their decay are
            those of the network; every measurement is one of what is trained.
        pretraining: Updates of the network itself before step 0. Step 0 then has the weights that these lead to, with
            moments of the optimizer that start anew; batches go on in their order.
        criterion: What is trained on and measured: the loss that comes with the data, or squared error, which of
            classes is the mean over outputs of (f - 1)^2 for the class and f^2 for the others.
        trained_examples: Updates see so many of the training examples alone, drawn by the seed; None is all. Of one
            seed a larger set holds the smaller ones. Measurements on the training set look at all.
        pretraining_examples: The same before step 0; None is what updates see later.
        acquisition: How more of the training examples are chosen as training goes on, from `trained_examples` at the
            start; see `spectra.training.acquisition`. Their classes are looked at when they have been chosen.
        acquired_examples: How many at a time.
        acquired_every: Updates between two times; at the last step none are chosen.
    """

    model: ModelSpec
    data: DataSpec
    optimizer: OptimizerSpec
    regime: RegimeSpec
    measurements: tuple[Measurement, ...]
    steps: PositiveInt
    seed: NonNegativeInt
    precision: Literal["float32", "float64"] = "float32"
    temperature: PositiveFloat = 1.0
    threads: Annotated[int, Field(ge=1, le=1024)] = 1
    expansion: Literal["network", "taylor", "features"] = field(default="network", metadata=ADDED)
    pretraining: NonNegativeInt = field(default=0, metadata=ADDED)
    criterion: Literal["of_data", "squared_error"] = field(default="of_data", metadata=ADDED)
    trained_examples: PositiveInt | None = field(default=None, metadata=ADDED)
    pretraining_examples: PositiveInt | None = field(default=None, metadata=ADDED)
    acquisition: Rule = field(default="none", metadata=ADDED)
    acquired_examples: PositiveInt = field(default=10, metadata=ADDED)
    acquired_every: PositiveInt = field(default=100, metadata=ADDED)

    @model_validator(mode="after")
    def _enough_examples(self) -> RunSpec:
        asked = {
            "a batch": self.optimizer.batch_size,
            "trained_examples": self.trained_examples,
            "pretraining_examples": self.pretraining_examples,
        }
        for measurement in self.measurements:
            if getattr(measurement, "split", "train") == "train":  # how many there are to test is known when they load
                asked[measurement.quantity] = getattr(measurement, "examples", None)
        for what, count in asked.items():
            if count is not None and count > self.data.train_examples:
                raise ValueError(
                    f"{what} asks for {count} examples, and there are {self.data.train_examples} training examples; "
                    "use fewer"
                )
        return self

    @model_validator(mode="after")
    def _few_measured(self) -> RunSpec:
        for measurement in self.measurements:
            if (count := measurement.grid.most(self.steps)) > MOST_MEASURED:
                raise ValueError(
                    f"{measurement.quantity} would be measured at {count} steps, and at most {MOST_MEASURED} are "
                    "possible; choose fewer steps, or a wider grid"
                )
        return self

    @model_validator(mode="after")
    def _enough_seen(self) -> RunSpec:
        if self.pretraining_examples is not None and not self.pretraining:
            raise ValueError("pretraining_examples was given without a pretraining; set pretraining, or leave it out")
        if self.acquisition != "none" and self.trained_examples is None:
            raise ValueError(
                f"acquisition = {self.acquisition!r} was given without trained_examples; set these, the first ones"
            )
        if self.acquisition != "none" and self.most_seen > self.data.train_examples:
            raise ValueError(
                f"{self.acquisition} would choose until {self.most_seen} examples are seen, and there are "
                f"{self.data.train_examples} training examples; use fewer acquired_examples, or a larger acquired_every"
            )
        batch = self.optimizer.batch_size
        for name in ("trained_examples", "pretraining_examples"):
            count = getattr(self, name)
            if None not in (batch, count) and batch > count:
                raise ValueError(f"a batch asks for {batch} examples, and {name} is {count}; use smaller batches")
        return self

    @property
    def acquired_at(self) -> range:
        """Steps after which examples are chosen."""
        return range(0) if self.acquisition == "none" else range(self.acquired_every, self.steps, self.acquired_every)

    @property
    def most_seen(self) -> int:
        """Examples that updates see at the end."""
        return (self.trained_examples or self.data.train_examples) + len(self.acquired_at) * self.acquired_examples

    @property
    def batch(self) -> int:
        """Examples of an update, of the largest one."""
        return self.optimizer.batch_size or self.most_seen

    @cached_property
    def identity(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the canonical JSON: the run's name in the store."""
        return hashlib.sha256(self.json().encode()).hexdigest()[:16]

    def json(self) -> str:
        """Canonical JSON of all settings and of the number of the results format."""
        content = {"results_format": RESULTS_FORMAT, **plain_settings(self)}
        return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)

    def columns(self) -> dict[str, Any]:
        """Settings as table columns: a section's kind under the section's name, each other field under its own."""
        columns: dict[str, Any] = {}
        for section in SECTIONS:
            values = asdict(getattr(self, section))
            columns |= {section: values.pop("kind"), **values}
        names = [one.name for one in fields(self) if one.name not in (*SECTIONS, "measurements")]
        return columns | {name: getattr(self, name) for name in names}
