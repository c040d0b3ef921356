"""Bins of even length in log index, cut where a spectrum has gaps, on which power laws are fitted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import log2

import numpy as np
from numpy.typing import NDArray

from spectra.asymptotics.arguments import Array
from spectra.asymptotics.finite_spectrum import FiniteSpectrum

Indices = NDArray[np.intp]
# Chosen among 2, 3, 4 and 6, with SATURATION among 1, 8 and 64, on the spectra of test_estimate_coverage.py and on
# tangent kernels of spheres: four make intervals shorter by a sixth, and those of nu from kernels on random examples
# then hold the truth in 87 of 100 instead of 97.
BINS_PER_OCTAVE = 3
# A window of a fit has two halves of three bins.
FEWEST_BINS = 6
# Independent errors of single modes average out over a bin, errors of the law do not: a bin of n modes weighs
# n / (1 + n / SATURATION).
SATURATION = 8.0
# Chosen among 0, 0.1, 0.3 and 0.6 on the half sphere and on chi-squared coefficients: on 10,000 modes of the sphere the
# interval of zeta is 15 times as narrow with 0.1 as with 0; larger values join bins that are low by chance.
EMPTY, LEAST_JOINED = 0.1, 10
# Eigenvalues closer than this, relatively, are one: no bin ends between them, because their order means nothing.
TIE = 1e-9


@dataclass(frozen=True)
class PowerBins:
    """Values that a power law gives as exp(c) * int x^(q - 1) dx over bins of an axis x; of width zero, exp(c) x^q.

    The integral over a bin of log-centre m and log-width w is exp(q m) * 2 sinh(q w / 2) / q.
    """

    values: Array  # (M,), not negative
    weights: Array  # (M,), relative weight of a relative error
    centres: Array  # (M,), of log x
    widths: Array  # (M,), in log x, zero or positive
    half_modes: Array  # (M,), by which the centres move if the modes are counted from one half more


def bin_edges(eigenvalues: Array) -> Indices:
    """Edges of bins as numbers of modes that lie before them, ascending from 0 to K, shape (M + 1,).

    Edges are even in the logarithm of the index and then moved, by half a bin at most, to the widest relative gap
    between eigenvalues, so that the multiplets of symmetric problems stay whole.

    Args:
        eigenvalues: Positive, largest first, shape (K,).

    Raises:
        ValueError: If they make fewer than six bins.
    """
    count = eigenvalues.size
    bins = max(1, round(BINS_PER_OCTAVE * log2(count + 1)))
    reach = (count + 1.0) ** (np.arange(0.5, bins) / bins)  # between one edge and the next
    borders = np.unique(np.floor(np.clip(reach, 1, count)).astype(np.intp))
    gaps = np.log(eigenvalues[:-1] / eigenvalues[1:])  # gaps[i]: between i + 1 modes and the next
    edges = [0]
    for low, high in pairwise(borders):  # an edge after low, ... or high - 1 modes
        widest = int(gaps[low - 1 : high - 1].argmax()) + low
        if gaps[widest - 1] > TIE:
            edges.append(widest)
    if len(edges) < FEWEST_BINS:
        raise ValueError(
            f"{count} positive eigenvalues with {1 + int((gaps > TIE).sum())} different values make {len(edges)} bins, "
            f"and {FEWEST_BINS} are needed; pass more of the spectrum"
        )
    return np.array([*edges, count], dtype=np.intp)


def coefficient_edges(spectrum: FiniteSpectrum) -> Indices:
    """Edges for sums of squared coefficients: bins that hold next to nothing are joined with the following one.

    Where a symmetry empties every second multiplet, as for the half sphere, whole periods then share a bin.

    Args:
        spectrum: With squared coefficients.

    Raises:
        ValueError: If there are no squared coefficients, or fewer than six bins.
    """
    if spectrum.squared_coefficients is None:
        raise ValueError("this exponent needs squared coefficients; pass one for every eigenvalue")
    edges = bin_edges(spectrum.eigenvalues)
    while True:
        sums = np.add.reduceat(spectrum.squared_coefficients, edges[:-1])
        empty = np.flatnonzero(sums[1:-1] < EMPTY * (sums[:-2] + sums[2:]) / 2) + 1
        if empty.size == 0 or edges.size - 1 - empty.size < LEAST_JOINED:
            return edges
        # Of empty neighbours the first of each pair is joined; the next round sees to the rest.
        kept = np.ones(edges.size, dtype=bool)
        for number in empty:
            kept[number + 1] = not kept[number]
        edges = edges[kept]


def eigenvalue_bins(spectrum: FiniteSpectrum, edges: Indices) -> PowerBins:
    """Geometric means of the eigenvalues at the geometric means of their index: lambda_n ~ exp(c) n^q, q = -nu."""
    index, counts = np.arange(1.0, spectrum.eigenvalues.size + 1), np.diff(edges)
    means = np.exp(_means(np.log(spectrum.eigenvalues), edges))
    return PowerBins(
        means, _weights(counts), _means(np.log(index), edges), np.zeros(counts.size), _means(0.5 / index, edges)
    )


def index_bins(spectrum: FiniteSpectrum, edges: Indices) -> PowerBins:
    """Sums of squared coefficients by index: s_a - s_b = exp(c) int_a^b n^(q-1) dn, q = -kappa, K = exp(c) / kappa."""
    # Mode n is the stretch from n - 1/2 to n + 1/2.
    borders: Array = edges + np.float64(0.5)
    return _sums(spectrum, edges, np.log(borders), half_mode=0.5 / borders)


def source_bins(spectrum: FiniteSpectrum, edges: Indices) -> PowerBins:
    """Sums of squared coefficients by eigenvalue: S(b) - S(a) = exp(c) int_a^b x^(q-1) dx, q = zeta, Q = exp(c) / q."""
    logs = np.log(spectrum.eigenvalues)
    above, below, means = logs[edges[1:-1] - 1], logs[edges[1:-1]], _means(logs, edges)
    inner: Array = (above + below) / 2
    halves: Array = (above - below) / 2
    # The outer borders mirror the inner ones: the spectrum does not say where the next mode would be.
    borders = np.concatenate((2 * means[:1] - inner[:1], inner, 2 * means[-1:] - inner[-1:]))
    half_mode: Array = np.concatenate((halves[:1], halves, halves[-1:]))
    return _sums(spectrum, edges, borders, half_mode=half_mode)


def _sums(spectrum: FiniteSpectrum, edges: Indices, log_borders: Array, *, half_mode: Array) -> PowerBins:
    sums = np.add.reduceat(np.asarray(spectrum.squared_coefficients), edges[:-1])
    centres, widths = (log_borders[1:] + log_borders[:-1]) / 2, np.abs(np.diff(log_borders))
    return PowerBins(sums, _weights(np.diff(edges)), centres, widths, (half_mode[1:] + half_mode[:-1]) / 2)


def _means(values: Array, edges: Indices) -> Array:
    means: Array = np.add.reduceat(values, edges[:-1]) / np.diff(edges)
    return means


def _weights(counts: Indices) -> Array:
    weights: Array = counts / (1 + counts / SATURATION)
    return weights
