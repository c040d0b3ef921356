"""The places in the source at which an error or a warning begins."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "spectra"
WARN = "warnings.warn"


class Place(NamedTuple):
    """Where a message begins, in words that stay the same when lines move."""

    place: str
    """Module, class and function, with dots."""
    kind: str
    """What is raised, as it is written in the source, or `warnings.warn`."""
    text: str
    """The text as it is written, with braces where values stand."""


def all_places() -> set[Place]:
    """The places of the package that have words of their own; an exit of the command line has none."""
    found = {place for path in PACKAGE.rglob("*.py") for place in places(path).values()}
    return {place for place in found if place.text and place.kind != "typer.Exit"}


def places(path: Path) -> dict[tuple[int, int], Place]:
    """The places of one file, by the line and column of what is raised."""
    inside = path.relative_to(PACKAGE.parent).with_suffix("")
    return dict(_within(ast.parse(path.read_text()), ".".join(inside.parts)))


def raised(node: ast.AST) -> ast.expr | None:
    """What a statement raises or warns of; none if it does neither, or passes on what it has caught."""
    if isinstance(node, ast.Raise):
        return node.exc
    if isinstance(node, ast.Call) and ast.unparse(node.func) == WARN:
        return node
    return None


def _within(node: ast.AST, name: str) -> Iterator[tuple[tuple[int, int], Place]]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        name = f"{name}.{node.name}"
    thrown = raised(node)
    if thrown is not None:
        yield (thrown.lineno, thrown.col_offset), _place(thrown, name)
    for child in ast.iter_child_nodes(node):
        yield from _within(child, name)


def _place(thrown: ast.expr, name: str) -> Place:
    if not isinstance(thrown, ast.Call):
        return Place(name, ast.unparse(thrown), "")
    return Place(name, ast.unparse(thrown.func), "".join(map(_words, thrown.args[:1])))


def _words(node: ast.expr) -> str:
    """A text as its reader would see it, with expressions in braces."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_words, node.values))
    if isinstance(node, ast.FormattedValue):
        return f"{{{ast.unparse(node.value)}}}"
    return f"{{{ast.unparse(node)}}}"
