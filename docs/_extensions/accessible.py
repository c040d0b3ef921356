"""What the theme leaves out for keyboards and screen readers."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

_CAPTION = '<p class="caption" role="heading">'
_SCROLLED = re.compile(r'<pre(?=>)|<div(?= class="(?:table-wrapper|formula)\b)')
_PARAMETERS = re.compile(r"<dl>\n((?:<dd>.*</dd>\n)+)</dl>")


def setup(app: Sphinx) -> dict[str, bool]:
    """Come after the theme, which has priority 500."""
    app.connect("html-page-context", _amend, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _amend(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: object) -> None:
    for part, amended in (("body", reachable), ("furo_navigation_tree", levelled)):
        if part in context:
            context[part] = amended(context[part])


def levelled(navigation: str) -> str:
    """The contents with a level for each heading."""
    return navigation.replace(_CAPTION, _CAPTION.replace(">", ' aria-level="2">'))


def reachable(body: str) -> str:
    """The page with what scrolls in reach of the keyboard, and parameters that are no descriptions without terms."""
    body = _SCROLLED.sub(r'\g<0> tabindex="0"', body)
    return _PARAMETERS.sub(lambda match: _lines(match[1]), body)


def _lines(parameters: str) -> str:
    return parameters.replace("<dd>", '<span class="sig-line">').replace("</dd>", "</span>")
