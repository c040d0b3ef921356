"""Where commands print: text as it is, whatever signs a name of a user has."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from spectra.plain_text import clean


class Terminal(Console):
    """Prints every text letter by letter: no markup, no emoji, and nothing that a terminal would obey."""

    def __init__(self) -> None:
        """On standard output."""
        super().__init__(highlight=False, soft_wrap=True, markup=False, emoji=False)

    def render_str(self, text: str, **options: Any) -> Text:
        """What is drawn for a text, also in the cell of a table."""
        return super().render_str(clean(text), **options)


def one_line(text: str) -> Text:
    """A text in one line, which ends in an ellipsis where a terminal is too narrow."""
    return Text(clean(text), no_wrap=True, overflow="ellipsis")
