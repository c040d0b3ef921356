"""How results look in a notebook: one plain card for all of them, with the standard library alone.

A result class takes it by one line, `_repr_html_ = as_html`. Every text is escaped; colours are those of the notebook.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from html import escape
from inspect import cleandoc
from typing import Any

SHOWN = 8
"""Entries of a sequence that are written out, and rows of a table: more do not help a reader."""
LETTERS = 200
WORDS = ("sentence", "verdict", "word", "name")
"""Attributes with which a result says in short what it is, the best first."""
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_BOX = "border:1px solid rgba(128,128,128,.4);border-radius:6px;padding:.5em 1em;max-width:60em;overflow-x:auto"
_CELL = "text-align:left;vertical-align:top;padding:.1em 1em .1em 0"


def as_html(item: object) -> str:
    """A result as HTML: what it is, its verdict in words if it has one, and its attributes with what they mean.

    Args:
        item: Instance of a dataclass. Its docstring says what it is; a section `Attributes` in it, what they mean.
    """
    summary = escape(cleandoc(type(item).__doc__ or "").partition("\n\n")[0].replace("\n", " "))
    told = str(getattr(item, "sentence", "") or getattr(item, "verdict", ""))
    numbers = _attributes(item)
    # Behind a verdict its numbers are many, and mostly looked at on its figures.
    body = f'<p style="margin:.5em 0">{escape(told)}</p>{_folded("numbers", numbers)}' if told else numbers
    return card(type(item).__name__, summary, body)


def card(title: str, summary: str, body: str) -> str:
    """A frame with a title.

    Args:
        title: Plain text.
        summary: HTML of a line below the title.
        body: HTML of the content.
    """
    return f'<div style="{_BOX}"><strong>{escape(title)}</strong><div>{summary}</div>{body}</div>'


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table.

    Args:
        columns: Heads as plain text; none for a table without heads.
        rows: Cells as HTML; the first of a row is its head.
    """
    head = "".join(f'<th scope="col" style="{_CELL}">{escape(name)}</th>' for name in columns)
    lines = [
        f'<tr><th scope="row" style="{_CELL}">{first}</th>'
        + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in rest)
        + "</tr>"
        for first, *rest in rows
    ]
    return f"<table>{f'<thead><tr>{head}</tr></thead>' if head else ''}<tbody>{''.join(lines)}</tbody></table>"


def _attributes(item: Any) -> str:
    meanings = _meanings(type(item))
    names = [each.name for each in fields(item) if not each.name.startswith("_") and each.name != "sentence"]
    return table((), [(name, _cell(getattr(item, name)), escape(meanings.get(name, ""))) for name in names])


def _folded(summary: str, body: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def _meanings(kind: type) -> dict[str, str]:
    """What the docstring of a class says of its attributes."""
    section = re.search(r"(?ms)^Attributes:\n(.*?)(?=^\S|\Z)", cleandoc(kind.__doc__ or ""))
    found = re.findall(r"(?ms)^    (\w+): (.*?)(?=^    \w+:|\Z)", section[1]) if section else []
    return {name: " ".join(text.split()) for name, text in found}


def _cell(value: Any) -> str:
    """A value as HTML: short ones as they are, arrays and tables by their size and range."""
    if hasattr(value, "to_html") and hasattr(value, "columns"):
        shown = value.head(SHOWN).to_html(index=False, border=0, float_format=_number, na_rep="–")
        size = f"{len(value)} rows: {', '.join(map(str, value.columns))}"
        return _folded(size, shown)
    if hasattr(value, "tolist") and hasattr(value, "shape"):
        return escape(_array(value))
    if isinstance(value, Mapping):
        pairs = [f"{escape(_word(key))}: {_cell(entry)}" for key, entry in list(value.items())[:SHOWN]]
        return "<br/>".join([*pairs, *_rest(len(value))])
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        entries = [_cell(entry) for entry in value[:SHOWN]]
        glue = "<br/>" if any(isinstance(entry, str) and " " in entry for entry in value) else ", "
        return glue.join([*entries, *_rest(len(value))]) or "none"
    if is_dataclass(value) and not _short(value):
        return _folded(type(value).__name__, _attributes(value))
    return escape(_word(value))


def _short(value: object) -> bool:
    """Whether an object says in a few words what it is."""
    return any(isinstance(getattr(value, name, None), str | float | int) for name in ("low", *WORDS))


def _rest(count: int) -> list[str]:
    return [f"… ({count} in all)"] if count > SHOWN else []


def _word(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return _number(value)
    if hasattr(value, "low") and hasattr(value, "high"):
        level = getattr(value, "level", math.nan)
        return f"{_number(value.low)} to {_number(value.high)}" + (f" ({100 * level:.3g} %)" if level == level else "")
    for name in WORDS:
        if told := getattr(value, name, ""):
            return str(told)
    text = str(getattr(value, "value", value))
    return text if len(text) <= LETTERS else f"{text[:LETTERS]}…"


def _number(value: float) -> str:
    mantissa, _, power = f"{value:.4g}".replace("nan", "–").replace("inf", "∞").partition("e")
    exponent = f"×10{str(int(power)).translate(_SUPERSCRIPTS)}" if power else ""
    return mantissa.replace("-", "−") + exponent


def _array(value: Any) -> str:
    """The numbers of a short row of numbers; else shape, type and range."""
    shape = tuple(value.shape)
    size, kind = math.prod(shape), str(value.dtype).removeprefix("torch.")
    if size <= SHOWN and len(shape) < 2:
        entries = value.tolist()
        return ", ".join(map(_word, entries if isinstance(entries, list) else [entries])) or "none"
    told = f"shape {shape}, {kind}"
    if "float" not in kind or not size:
        return told
    return f"{told}, from {_number(float(value.min()))} to {_number(float(value.max()))}"
