"""Runs of equal shapes, for five models: what cohorts are measured on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spectra.data import DataSpec, Digits
from spectra.data.markov_text import MarkovText
from spectra.models import GPT, MLP, ConvResNet, ModelSpec, ResidualMLP, VisionTransformer
from spectra.training import SGD, Measurement, RegimeSpec, RunSpec

WIDTHS = (32, 64, 128, 256, 512)
BASE = 32
RATE = 0.05
"""At which none of these networks diverges."""


@dataclass(frozen=True)
class Workload:
    """A kind of run."""

    model: Callable[[int], ModelSpec]  # of a width
    data: DataSpec
    batch: int  # examples, for an update and for a Hessian
    widths: tuple[int, ...] = WIDTHS

    def specs(
        self, width: int, members: int, *, steps: int, measurements: tuple[Measurement, ...] = (), threads: int = 1
    ) -> list[RunSpec]:
        """Runs that differ in seed and rate."""
        model = self.model(width)
        regime = RegimeSpec("mup", base_width=min(BASE, width), base_depth=model.size.depth)
        return [
            RunSpec(
                model,
                self.data,
                SGD(RATE / (1 + member % 4), batch_size=self.batch),
                regime,
                measurements,
                steps,
                seed=member,
                threads=threads,
            )
            for member in range(members)
        ]


WORKLOADS = {
    "residual_mlp": Workload(lambda width: ResidualMLP(width, depth=3), Digits(), batch=256),
    "mlp": Workload(lambda width: MLP(width, depth=2), Digits(), batch=256),
    "vision_transformer": Workload(lambda width: VisionTransformer(width, depth=4, patch=2), Digits(), batch=64),
    "gpt": Workload(lambda width: GPT(width, depth=4), MarkovText(), batch=32),
    "conv_resnet": Workload(lambda width: ConvResNet(width, depth=3), Digits(), batch=64, widths=(8, 16, 32, 64)),
}
"""Digits are 1 x 8 x 8, 16 patches for the transformer; texts have 32 tokens out of 64. Widths of the convolutional
network are the channels of its first stage of three."""
