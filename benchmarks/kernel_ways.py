"""Three ways to the inner products of a layer's derivatives, for layers of several shapes.

64 examples with 10 outputs. Prints markdown tables: the times of the ways, in those of the product of two dense
matrices of derivatives, which take time to make; and those of the product of a matrix with itself in panels of other
heights.
"""

from __future__ import annotations

import argparse
import statistics

import torch
from rounds import in_turn, markdown, ratio, seconds
from torch import Tensor

from spectra.kernels import inner_products
from spectra.kernels.derivative_blocks import in_blocks
from spectra.kernels.derivative_parts import Outer
from spectra.kernels.inner_products import of_rows
from spectra.kernels.layer_products import ways
from spectra.kernels.place_products import chained, pairwise

EXAMPLES, OUTPUTS = 64, 10
LAYERS = (
    (1, 784, 512), (2, 512, 512), (4, 1024, 256), (8, 512, 128), (16, 576, 136), (16, 1224, 136), (64, 128, 512),
    (64, 512, 128), (64, 576, 64), (256, 288, 32),
)  # fmt: skip
"""Places, inputs and outputs of the layer at each of them."""

DEAR = 4
"""A way that should take so many times as long as the cheapest one is not tried."""


def layers(asked: argparse.Namespace) -> None:
    """Every way for every layer."""
    rows = []
    for shape in LAYERS:
        t, p, q = shape
        part = Outer(torch.randn(EXAMPLES, 1, t, p), torch.randn(EXAMPLES, OUTPUTS, 1, t, q), p)
        jacobian = torch.randn(EXAMPLES * OUTPUTS, p * q)
        costs = ways(part, part, "full")
        works = {
            "pairs": lambda part=part: pairwise(part, None, "full", asked.dtype),
            "chain": lambda part=part: chained(part, None, asked.dtype),
            "blocks": lambda part=part: in_blocks(part, None, "full", asked.dtype),
        }
        tried = {way: seconds(works[way]) for way, cost in costs.items() if cost <= DEAR * min(costs.values())}
        for work in tried.values():
            work()
        times = in_turn({"jacobian": seconds(lambda jacobian=jacobian: jacobian @ jacobian.T), **tried}, asked.rounds)
        found = {way: f"{ratio(times[way], times['jacobian']):.2f}" if way in times else "" for way in works}
        unit = f"{1e3 * statistics.median(times['jacobian']):.0f}"
        rows.append([", ".join(map(str, shape)), unit, *found.values(), min(costs, key=lambda way: costs[way])])
    heading = ["places, inputs, outputs", "product of Jacobians, ms", "pairs", "chain", "blocks", "taken"]
    print(f"\n## Layers, multiplied in {asked.dtype}\n\n{markdown(heading, rows)}", flush=True)


def panels(asked: argparse.Namespace) -> None:
    """The product of 640 rows with themselves."""
    rows = torch.randn(EXAMPLES * OUTPUTS, 1, 2**21 // (EXAMPLES * OUTPUTS), dtype=asked.dtype)

    def product(height: int) -> Tensor:
        inner_products.PANEL = height
        return of_rows(rows, None, "full", asked.dtype)

    works = {height: seconds(lambda height=height: product(height)) for height in (80, 128, 160, 256, len(rows))}
    for work in works.values():
        work()
    times = in_turn(works, 3 * asked.rounds)
    found = [f"{ratio(times[height], times[len(rows)]):.2f}" for height in works]
    print(f"\n## Panels\n\n{markdown(['rows of a panel', *works], [['time', *found]])}", flush=True)


def main() -> None:
    """Both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--double", dest="dtype", action="store_const", const=torch.float64, default=torch.float32)
    asked = parser.parse_args()
    layers(asked)
    panels(asked)


if __name__ == "__main__":
    main()
