"""The largest Hessian eigenvalue of a transformer with ten million weights: time, products and peak memory.

A process of its own, because the peak is that of the whole process. Prints a markdown table.
"""

from __future__ import annotations

import argparse
import resource
import time

import torch
from networks import GPT
from timing import gradient_seconds
from torch import nn
from workloads import TokenCrossEntropy, Workload, markov_tokens

from spectra import cross_entropy, hessian, top_eigenpairs

STEPS, RATE = 20, 3e-4


def transformer(sequences: int, length: int) -> Workload:
    """Six layers of width 384 after a few steps of Adam."""
    torch.manual_seed(0)
    tokens = markov_tokens(sequences, length + 1, vocabulary=256)
    data = tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()
    module: nn.Module = GPT(256, length, width=384, layers=6, heads=6)
    workload = Workload("transformer", module, cross_entropy, TokenCrossEntropy(), *data, data)
    for _ in zip(range(STEPS), workload.training(rate=RATE, batch=sequences), strict=False):
        pass
    return workload


def peak() -> float:
    """Largest resident memory of this process so far, in gigabytes; Linux counts it in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    """Print the table that stands in README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=32)
    parser.add_argument("--length", type=int, default=64)
    asked = parser.parse_args()
    workload = transformer(asked.sequences, asked.length)
    unit, before = gradient_seconds(workload, 5), peak()
    start = time.perf_counter()
    weights, objective = workload.objective()
    pairs = top_eigenpairs(hessian(objective, weights))
    seconds, after = time.perf_counter() - start, peak()
    print(f"{workload.size / 1e6:.1f} million weights, {asked.sequences} sequences of {asked.length} tokens, ", end="")
    print(f"{torch.get_num_threads()} threads; largest eigenvalue {float(pairs.values[0]):.4g}, ", end="")
    print("converged" if pairs.converged else "not converged", end="\n\n")
    print("| products | gradients | seconds | peak in training, GB | with the solver, GB | added, in weight vectors |")
    print("| --- | --- | --- | --- | --- | --- |")
    added = (after - before) * 1e9 / (workload.size * weights.element_size())
    print(f"| {pairs.matvecs} | {seconds / unit:.0f} | {seconds:.0f} | {before:.2f} | {after:.2f} | {added:.0f} |")


if __name__ == "__main__":
    main()
