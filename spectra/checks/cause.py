"""A likely cause of a failed check."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """What may be wrong.

    Attributes:
        name: In a few words.
        weight: How much speaks for it, from 0 to 1: our order of how special the evidence is, no probability. Settings
            that can be read and are wrong stand above patterns of layers, and what only this fault does above what
            several do.
        evidence: The numbers.
        remedy: What to do.
        silent: Whether the fault is real even if every layer passes: the first updates do not show it.
    """

    name: str
    weight: float
    evidence: str
    remedy: str
    silent: bool = False
