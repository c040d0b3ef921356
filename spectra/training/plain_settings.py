"""Specs as plain values, in which a setting that came later is absent as long as it is not used."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

ADDED = {"added": True}
"""Metadata of a field that was added to a spec when runs of it were already stored. At its default it is no part of
the plain values: an identity, which is their hash, then stays what it was before there was such a setting."""


def plain_settings(spec: Any) -> dict[str, Any]:
    """Fields of a dataclass and of those in it, as `dataclasses.asdict`, but without unused ones that are `ADDED`.

    >>> from spectra.training import Sharpness, StepGrid
    >>> "count" in plain_settings(Sharpness("sharpness", StepGrid(every=1)))
    False
    >>> plain_settings(Sharpness("sharpness", StepGrid(every=1), count=2))["count"]
    2
    """
    settings = ((field, getattr(spec, field.name)) for field in fields(spec))
    return {
        field.name: _plain(value)
        for field, value in settings
        if not (field.metadata.get("added") and value == field.default)
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return plain_settings(value)
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value
