"""A TOML file as text and plain values."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spectra.plain_text import first_few

LONGEST = 2**20
"""Bytes of a recipe: a thousand times what one takes, and read in a moment."""

DEPTH = 8
"""No recipe nests deeper, and what does would exhaust the stack of whoever walks it."""
NO_RECIPES = ("pyproject.toml",)
"""TOML files that stand beside recipes and are none."""

LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){20}""")
"""A key of many parts, for which Python's reader takes time that grows with the square of their number."""


def read_document(path: Path) -> tuple[str, dict[str, Any]]:
    """Text of a TOML file and its values.

    Args:
        path: The file.

    Returns:
        The text, and the table it describes, nested no deeper than `DEPTH` and with integers of at most 64 bits.

    Raises:
        ValueError: If it is no readable file, longer than `LONGEST`, not UTF-8, or not TOML; syntax errors come with
            line and column.
    """
    text = _text(path)
    if key := LONG_KEY.search(text):
        line = text.count("\n", 0, key.start()) + 1
        raise ValueError(f"{path}: line {line}: a key of more than 20 parts; no value is nested more than {DEPTH} deep")
    try:
        document = tomllib.loads(text)
    except RecursionError as error:
        raise ValueError(f"{path}: the values are nested too deeply; at most {DEPTH} deep is possible") from error
    except ValueError as error:
        lines = text.split("\n")
        end = f"at the end of the file, line {len(lines)}, column {len(lines[-1]) + 1}"
        raise ValueError(f"{path}: not valid TOML: {str(error).replace('at end of document', end)}") from error
    for where, value in walk(document):
        if where.count(".") + where.count("[") >= DEPTH:
            raise ValueError(f"{path}: {where[:60]}: the values are nested more than {DEPTH} deep")
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise ValueError(f"{path}: {where}: an integer of more than 64 bits was given; use a smaller one")
    return text, document


def _text(path: Path) -> str:
    try:
        if path.is_dir():
            raise ValueError(f"{path}: is a folder; name the recipe file in it{_neighbours(path)}")
        if not path.exists():
            raise ValueError(f"{path}: there is no such file{_nearest(path)}")
        if not path.is_file():
            raise ValueError(f"{path}: is not an ordinary file; a recipe is a text file in TOML")
        if path.stat().st_size > LONGEST:
            raise ValueError(
                f"{path}: has {path.stat().st_size} bytes, and a recipe at most {LONGEST}; is it another file?"
            )
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}; save the file as UTF-8 text"
        ) from error
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}; check the name and its permissions") from error


def _neighbours(folder: Path) -> str:
    names = sorted(file.name for file in folder.glob("*.toml") if file.name not in NO_RECIPES)
    return f"; there are {first_few(names)}" if names else ""


def _nearest(path: Path) -> str:
    names = [file.name for file in path.parent.glob("*.toml") if file.name not in NO_RECIPES]
    return did_you_mean(path.name, names) or _neighbours(path.parent)


def walk(value: object, path: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    """Every value within a value, with its path such as `optimizer.rate` or `sweep.width[2]`; not far below `DEPTH`."""
    yield path, value
    if depth > DEPTH:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, f"{path}.{plain(key)}" if path else plain(key), depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from walk(inner, f"{path}[{index}]", depth + 1)


def unusable(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Paths of values that TOML allows and no setting can have, each with what is wrong about it."""
    for path, value in walk(document):
        if isinstance(value, float) and not math.isfinite(value):
            yield path, f"must be a finite number, and {value} was given"
        elif isinstance(value, str) and any(
            unicodedata.category(sign) == "Cc" and sign not in "\n\t" for sign in value
        ):
            yield path, f"has control characters, which no text needs: {shown(value)}"
        elif not isinstance(value, (str, int, float, dict, list)):
            yield path, f"is a date or time, and no setting is one: {value}"


def plain(key: str) -> str:
    """A key as it is shown in a path: quoted unless it is a plain word, and never long."""
    return key if key.replace("-", "_").isidentifier() and len(key) <= 40 else shown(key)


def shown(value: object) -> str:
    """A value as it is shown in a message: on one line, and never long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def did_you_mean(name: str, names: list[str]) -> str:
    """The end of a message, with the nearest of some names, or nothing where none is near."""
    lowered = {known.lower(): known for known in names}
    near = difflib.get_close_matches(name[:100].lower(), lowered, n=1)
    return f"; did you mean {lowered[near[0]]!r}?" if near else ""
