"""What the names of parameters say: numbers of blocks, and which name a misspelled one may mean."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase


def continued(name: str, known: Iterable[str]) -> tuple[str, str] | None:
    """Pattern and known name that a name beyond the last number continues: blocks.1.weight for blocks.7.weight.

    The innermost number decides: in stages of several blocks each, stages.1.2 continues stages.1.1 and not stages.0.2.
    """
    known = list(known)
    for position, number in reversed(_numbers(name)):
        before, after = with_part(name, position, "*").split("*")
        taken = [other[len(before) : len(other) - len(after)] for other in known if _between(other, before, after)]
        last = max((int(part) for part in taken if part.isdecimal()), default=number)
        if last < number:
            return f"{before}*{after}", f"{before}{last}{after}"
    return None


def _between(name: str, before: str, after: str) -> bool:
    return name.startswith(before) and name.endswith(after)


def with_part(name: str, position: int, part: str) -> str:
    """A dotted name with one of its parts replaced."""
    parts = name.split(".")
    return ".".join([*parts[:position], part, *parts[position + 1 :]])


def starred(name: str) -> set[str]:
    """The patterns that a name fits with one of its numbers left open."""
    return {with_part(name, position, "*") for position, _ in _numbers(name)}


def prefixes(name: str) -> list[str]:
    """Paths of the modules that a parameter lies in, from the outermost: blocks, blocks.0 for blocks.0.weight."""
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def path_matches(path: str, pattern: str) -> bool:
    """Whether the path of a module fits a glob pattern part by part: blocks.0 fits "blocks.*", blocks.0.mlp does not.

    Modules lie in each other, and a factor must not be put on a module and on its parts as well.
    """
    parts, patterns = path.split("."), pattern.split(".")
    return len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns))


def near(name: str, names: Iterable[str]) -> str:
    """A few names that are spelled like a name, else the first few, for messages."""
    known = list(names)
    return ", ".join(get_close_matches(name, known, n=5, cutoff=0.5) or known[:5])


def _numbers(name: str) -> list[tuple[int, int]]:
    return [(position, int(part)) for position, part in enumerate(name.split(".")) if part.isdecimal()]
