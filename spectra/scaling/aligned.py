"""Tables of plain text."""

from __future__ import annotations


def aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Lines whose columns start below each other."""
    padded = [[cell.ljust(max(map(len, column))) for cell in column] for column in zip(*rows, strict=True)]
    return ["  ".join(cells).rstrip() for cells in zip(*padded, strict=True)]
