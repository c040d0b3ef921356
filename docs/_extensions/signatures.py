"""Signatures that can be read: defaults without an address in memory."""

from __future__ import annotations

import re

from sphinx.application import Sphinx

_FUNCTION = re.compile(r"<(?:function|class) '?(?:[\w.]+\.)?(\w+)'?(?: at 0x[0-9a-f]+)?>")
_OTHER = re.compile(r"<[\w.]+(?: object)?(?: at 0x[0-9a-f]+)?>")


def setup(app: Sphinx) -> dict[str, bool]:
    """Come after autodoc has written the signature."""
    app.connect("autodoc-process-signature", _readable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _readable(*arguments: object) -> tuple[str | None, str | None]:
    signature, returned = arguments[-2:]
    return readable(signature), returned


def readable(signature: str | None) -> str | None:
    """The signature with functions by their names, and dots for what has none: `<...>` is no Python."""
    return signature and _OTHER.sub("...", _FUNCTION.sub(r"\1", signature))
