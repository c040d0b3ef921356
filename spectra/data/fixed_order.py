"""One fixed shuffle of any number of things, of which a part costs no more than that part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUNDS = 4
"""Four rounds of independent functions are a strong pseudorandom permutation (Luby and Rackoff 1988)."""


def fixed_order(count: int, start: int, stop: int) -> NDArray[np.int64]:
    """Entries `start` to `stop` of a shuffle of 0, ..., count - 1 that is always the same.

    Time and memory grow with stop - start only, so that a thousand windows of 10^10 tokens are chosen at once; and the
    shuffle is made of integer operations, so that no version of any library changes it.

    Args:
        count: Number of things that are shuffled.
        start: First entry.
        stop: Entry behind the last, at most `count`.

    Returns:
        Distinct numbers below `count`, of shape (stop - start,).

    Source: a Feistel network (Luby and Rackoff 1988), repeated until the value is below `count` (Black and Rogaway
    2002, Ciphers with Arbitrary Finite Domains, section 4, cycle walking).

    >>> sorted(fixed_order(5, 0, 5).tolist())
    [0, 1, 2, 3, 4]
    """
    half = max(1, -(-(count - 1).bit_length() // 2))
    places = _permuted(np.arange(start, stop, dtype=np.uint64), half)
    while (outside := places >= np.uint64(count)).any():
        places[outside] = _permuted(places[outside], half)
    return places.astype(np.int64)


def _permuted(places: NDArray[np.uint64], half: int) -> NDArray[np.uint64]:
    """A permutation of 0, ..., 4^half - 1."""
    shift, mask = np.uint64(half), np.uint64((1 << half) - 1)
    left, right = places >> shift, places & mask
    for number in range(ROUNDS):
        left, right = right, left ^ (_mixed(right, number) & mask)
    return (left << shift) | right


def _mixed(values: NDArray[np.uint64], number: int) -> NDArray[np.uint64]:
    """The output function of SplitMix64 (Steele, Lea and Flood 2014), one sequence for each round."""
    # Products of arrays wrap modulo 2^64, which is what is meant.
    state = values + np.uint64((number + 1) * 0x9E3779B97F4A7C15 % 2**64)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
