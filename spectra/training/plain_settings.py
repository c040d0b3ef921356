"""Specs as plain values, in which a setting that came later is absent as long as it is not used."""

from __future__ import annotations

from dataclasses import asdict, fields, is_dataclass
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
    plain = asdict(spec)
    for field in fields(spec):
        value = getattr(spec, field.name)
        if field.metadata.get("added") and value == field.default:
            del plain[field.name]
        elif is_dataclass(value):
            plain[field.name] = plain_settings(value)
        elif isinstance(value, tuple):
            plain[field.name] = tuple(plain_settings(one) if is_dataclass(one) else one for one in value)
    return plain
