"""JSON in which each key of an object stands once, so that no value replaces another in silence."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from spectra.fitting.saved.source import quoted


def json_document(text: str, *, number: Callable[[str], Any] | None = None) -> Any:
    """What a text says.

    Args:
        text: One JSON document.
        number: Makes a number of its letters; None makes int and float.

    Raises:
        json.JSONDecodeError: If it is no JSON.
        ValueError: If a key stands twice in one object, or it is nested too deeply.
    """
    try:
        return json.loads(text, parse_float=number, parse_int=number, object_pairs_hook=once)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The object of some keys and values.

    Raises:
        ValueError: If a key is there twice.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise ValueError(f"the key {quoted(twice)} stands twice in one object: keep one of them")
    return found
