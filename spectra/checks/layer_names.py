"""Which layers of networks of different size are the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from torch import nn

from spectra.checks.recording import OUTPUT, is_layer

Structure = Mapping[str, tuple[object, ...]]
FIRST = "first"
GROWING = (FIRST, "middle", "last")
Names = dict[int, dict[str, list[str]]]


def structure(module: nn.Module) -> dict[str, tuple[object, ...]]:
    """Class and shapes of the own parameters of each layer, by the name of the layer."""
    return {
        name or OUTPUT: (type(part).__name__, *(tuple(tensor.shape) for tensor in part.parameters(recurse=False)))
        for name, part in module.named_modules()
        if is_layer(name, part)
    }


def comparable_names(structures: Mapping[int, Structure], recorded: Mapping[int, Sequence[str]]) -> Names:
    """For each size and recorded layer, the names under which it is compared with those of other sizes.

    Where a numbered list of modules is longer in larger networks, its longest run of equal modules is what grows. Of
    the run the first, the middle and the last module are compared, as `blocks.first`, `blocks.middle`, `blocks.last`;
    the modules behind it are counted from the end, such as `blocks.-1`. All other names are kept. What then is not in
    the networks of all sizes has no name.

    Args:
        structures: What `structure` says of the network of each size.
        recorded: Names of the layers that were recorded, by size.

    Raises:
        ValueError: If the networks of two sizes have no layer in common.
    """
    names: Names = {size: {name: [name] for name in found} for size, found in recorded.items()}
    largest = max(structures, key=lambda size: len(structures[size]))
    for parent in sorted(_growing_lists(structures), key=len, reverse=True):
        start, rest = _run(parent, structures[largest])
        for size, found in structures.items():
            renamed = _renamed(_children(parent, found), start, rest)
            for name, current in names[size].items():
                names[size][name] = [other for one in current for other in _apply(parent, renamed, one)]
    common = set.intersection(*({new for found in each.values() for new in found} for each in names.values()))
    if not common - {OUTPUT}:
        raise ValueError("the networks have no layer in common between sizes; give their modules the same names")
    return {
        size: {old: [new for new in found if new in common] for old, found in each.items()}
        for size, each in names.items()
    }


def _children(parent: str, found: Iterable[str]) -> list[int]:
    """Numbers directly below a path that hold layers, ascending."""
    numbers = set()
    for name in found:
        if name.startswith(parent):
            head = name[len(parent) :].split(".")[0]
            numbers |= {int(head)} if head.isdigit() else set()
    return sorted(numbers)


def _growing_lists(structures: Mapping[int, Structure]) -> set[str]:
    """Paths, with a dot behind, whose numbered children differ in number between sizes."""
    parents = set()
    for found in structures.values():
        for name in found:
            parts = name.split(".")
            parents |= {".".join([*parts[:i], ""]) for i, part in enumerate(parts) if part.isdigit()}
    return {parent for parent in parents if len({len(_children(parent, found)) for found in structures.values()}) > 1}


def _run(parent: str, found: Structure) -> tuple[int, int]:
    """How many children come before the longest run of equal ones, and how many behind it."""
    children = _children(parent, found)
    signatures = [
        tuple(
            (name.removeprefix(f"{parent}{child}"), found[name]) for name in found if _below(name, f"{parent}{child}")
        )
        for child in children
    ]
    runs, start = [], 0
    for _, group in groupby(signatures):
        length = len(list(group))
        runs.append((length, start))
        start += length
    length, start = max(runs, key=lambda run: run[0])
    return start, len(children) - start - length


def _below(name: str, path: str) -> bool:
    return name == path or name.startswith(f"{path}.")


def _renamed(children: Sequence[int], start: int, rest: int) -> dict[int, list[str]]:
    """New names of the numbered children of one network."""
    end = len(children) - rest
    names = {child: [str(child)] for child in children[:start]}
    names |= {child: [str(position - len(children))] for position, child in enumerate(children) if position >= end}
    run = children[start:end]
    for child in run:
        names[child] = []
    if run:
        for word, position in zip(GROWING, (0, (len(run) - 1) // 2, len(run) - 1), strict=True):
            names[run[position]].append(word)
    return names


def _apply(parent: str, renamed: Mapping[int, Sequence[str]], name: str) -> list[str]:
    head, dot, rest = name[len(parent) :].partition(".")
    if not name.startswith(parent) or not head.isdigit():
        return [name]
    return [f"{parent}{new}{dot}{rest}" for new in renamed.get(int(head), [head])]
