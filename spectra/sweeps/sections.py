"""Sections of a recipe: tables of plain values that become specs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from spectra.data import DATA
from spectra.models import MODELS
from spectra.sweeps.toml_document import did_you_mean, plain, shown
from spectra.training import OPTIMIZERS, RegimeSpec, RunSpec

Mistakes = dict[str, str]  # path of a setting, and the first thing that is wrong about it
LINE = 110
"""Letters of a line of a long list."""

REGIMES: dict[str, type] = dict.fromkeys(get_args(get_type_hints(RegimeSpec)["kind"]), RegimeSpec)
KINDS: dict[str, Mapping[str, type]] = {"model": MODELS, "data": DATA, "optimizer": OPTIMIZERS, "regime": REGIMES}
"""What the sections of a recipe can be, by the `kind` in them."""

PLAIN: dict[str, Any] = {
    name: hint
    for name, hint in get_type_hints(RunSpec, include_extras=True).items()
    if name in {field.name for field in fields(RunSpec)} - {*KINDS, "measurements"}
}
"""Settings of the run itself, with their types."""


def section(
    table: object, kinds: Mapping[str, type], mistakes: Mistakes, *, path: str, sources: Mapping[str, str] | None = None
) -> Any:
    """The spec that a table describes, validated strictly.

    Args:
        table: The table, with a `kind` in it.
        kinds: Class of each kind.
        mistakes: What is wrong is added here.
        path: Where the table stands in the recipe.
        sources: Where a setting comes from if not from the table itself; by the name of the setting.

    Returns:
        The spec, or None if there are mistakes in it.
    """
    if not isinstance(table, dict):
        mistakes.setdefault(path, f"must be a section with settings, and {shown(table)} was given")
        return None
    where, kind = (sources or {}).get("kind", f"{path}.kind"), table.get("kind")
    if kind is None:
        mistakes.setdefault(where, f"is missing; the kinds are {_wrapped(kinds)}")
        return None
    if not isinstance(kind, str) or kind not in kinds:
        near = did_you_mean(str(kind), list(kinds))
        mistakes.setdefault(where, f"{shown(kind)} is unknown; the kinds are {_wrapped(kinds)}{near}")
        return None
    return validated(kinds[kind], table, mistakes, path=path, sources=sources)


def validated(
    type_: Any, value: object, mistakes: Mistakes, *, path: str, sources: Mapping[str, str] | None = None
) -> Any:
    """A value of a type, or None if there are mistakes in it, which are then added; see `section`."""
    try:
        # Strict validation of Python objects wants instances; strict validation of JSON wants exactly plain values.
        return _adapter(type_).validate_json(json.dumps(value, default=str), strict=True)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            head, *rest = detail["loc"] or ("",)
            start = (sources or {}).get(str(head)) or _joined(path, head)
            where = "".join([start, *(_joined("", part) for part in rest)])
            mistakes.setdefault(where, _message(type_, dict(detail)))
        return None


@cache
def _adapter(type_: Any) -> TypeAdapter[Any]:
    return TypeAdapter(type_)


def _wrapped(names: Iterable[str]) -> str:
    """Names in lines that can be read, however many there are."""
    return textwrap.fill(", ".join(names), LINE, subsequent_indent="    ", break_long_words=False)


def _joined(path: str, part: int | str) -> str:
    if part == "":
        return path
    return f"{path}[{part}]" if isinstance(part, int) else f"{path}.{plain(part)}"


def _message(type_: Any, detail: Mapping[str, Any]) -> str:
    location, given = detail["loc"], shown(detail["input"])
    match detail["type"]:
        case "unexpected_keyword_argument":
            names = _settings(type_, location[:-1])
            return f"is no setting here; there are {', '.join(names)}{did_you_mean(str(location[-1]), names)}"
        case "missing":
            section_wide = len(location) == 1
            return "is missing" + ("; set it in its section or as an axis of [sweep]" if section_wide else "")
        case "value_error":
            return f"{detail['ctx']['error']}; {given} was given"
        case "dataclass_type":
            return f"must be a table with settings such as {', '.join(_settings(type_, location))}; {given} was given"
    expected = str(detail["msg"]).replace("Input should be a valid", "must be a").replace("Input should be", "must be")
    expected = expected.replace("must be a integer", "must be an integer")
    literals = [name for name in get_args(_type_at(type_, location)) if isinstance(name, str)]
    return f"{expected}, and {given} was given{did_you_mean(str(detail['input']), literals)}"


def _type_at(type_: Any, location: Iterable[int | str]) -> Any:
    for part in location:
        type_ = get_type_hints(type_).get(str(part)) if is_dataclass(type_) else None
    return type_


def _settings(type_: Any, location: Iterable[int | str]) -> list[str]:
    inner = _type_at(type_, location)
    return [field.name for field in fields(inner)] if is_dataclass(inner) else []
