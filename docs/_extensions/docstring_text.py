"""Docstrings as they are written: plain text, in which only Google sections and single backticks mean something."""

from __future__ import annotations

import dataclasses
import inspect
import io
import re
import tokenize
from collections.abc import Mapping

from public_names import homes
from sphinx.application import Sphinx
from sphinx.domains.python import PyObject

_CODE = re.compile(r"``[^`]+``|`([^`]+)`(\w?)")
_SIGNS = re.compile(r"[\\*|]|(?<=\w)_(?!\w)")
_FIELD = re.compile(r"    (\w+): .*")
_SECTION = re.compile(r"(Args|Attributes|Raises|Returns|Yields):")


def setup(app: Sphinx) -> dict[str, bool]:
    """Come before the reading of the sections, which has priority 500; call attributes what they are."""
    for field in PyObject.doc_field_types:
        field.label = "Attributes" if field.name == "variable" else field.label
    app.connect("autodoc-process-docstring", _prepare, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _prepare(_app: Sphinx, what: str, _name: str, thing: object, _options: object, lines: list[str]) -> None:
    if what == "data":
        lines[:] = [summary(thing)]
    elif what == "class" and dataclasses.is_dataclass(thing) and "Attributes:" not in lines:
        lines += attributes(thing)
    lines[:] = prepared(lines)


def prepared(lines: list[str]) -> list[str]:
    """The lines in reStructuredText; formulas that stand by themselves, indented, keep their lines."""
    done: list[str] = []
    section = ""
    formula = sample = False
    for line in lines:
        indented = line.startswith("    ")
        section = line if _SECTION.fullmatch(line) else section if indented or not line else ""
        sample = line.lstrip().startswith(">>>") or (sample and bool(line))
        if indented and not section and not sample:
            done += [line] if formula else ["", "::", "", line]
            formula = True
            continue
        if formula and line:
            done.append("")
        formula = formula and not line
        first = section in ("Returns:", "Yields:") and done and done[-1] == section
        # A colon within a sentence would make its beginning a type.
        done.append(line if sample else f"    : {escaped(line.strip())}" if first else escaped(line))
    return done


def escaped(line: str) -> str:
    """The line in reStructuredText: code is marked and linked, and no other sign means anything."""
    pieces, end = [], 0
    for match in _CODE.finditer(line):
        pieces += [_SIGNS.sub(r"\\\g<0>", line[end : match.start()]), _code(match)]
        end = match.end()
    return "".join([*pieces, _SIGNS.sub(r"\\\g<0>", line[end:])])


def _code(match: re.Match[str]) -> str:
    name = match[1]
    if name is None:
        return match[0]
    home = homes().get(name)
    # What touches the code, such as the s of a plural, is set off for reStructuredText.
    return (f":py:obj:`{name} <{home}>`" if home else f"``{name}``") + (match[2] and rf"\ {match[2]}")


def attributes(record: type) -> list[str]:
    """The section of attributes that a dataclass tells in the comments beside its fields."""
    told = []
    for token in tokenize.generate_tokens(io.StringIO(inspect.getsource(record)).readline):
        field = _FIELD.fullmatch(token.line.split("#")[0].rstrip())
        if token.type == tokenize.COMMENT and field:
            told.append(f"    {field[1]}: {token.string.lstrip('# ')}")
    return ["", "Attributes:", *told, ""] if told else []


def summary(thing: object) -> str:
    """The first line about a thing; of a value, what it is."""
    if inspect.isclass(thing) or inspect.isroutine(thing):
        return (inspect.getdoc(thing) or "").split("\n")[0]
    if isinstance(thing, Mapping):
        return "Has " + ", ".join(f"`{name}`" for name in thing) + "."
    return f"{thing}." if isinstance(thing, (int, float, str)) else f"A `{type(thing).__name__}`."
