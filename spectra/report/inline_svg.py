"""A saved SVG as a part of an HTML page: no identifier and no class of one figure meets those of another."""

import re
from functools import cache
from xml.dom import minidom
from xml.dom.minidom import Text

from spectra.report.dark import in_the_dark
from spectra.report.panels import FULL_WIDTH

WIDE, LONE = "wide-drawing", "lone-drawing"
"""Classes of drawings that are as wide as the text, and of those with one panel: in how wide a window each is cut."""
_REFERENCE = re.compile(r"(url\(#|^#)")
_ALL = re.compile(r"^\s*\*\s*\{[^}]*\}\s*")
_RULE = re.compile(r"(\.\w+)\{([^}]*)\}")
_COLOR = re.compile(r"\b(fill|stroke|stop-color):(#[0-9a-f]{6})\b")


def inline_svg(text: str, *, name: str, alternative: str) -> str:
    """The `<svg>` element of a figure, ready to stand in a page.

    Every identifier, every reference to one and every class gets a name in front; the fixed size gives way to the view
    box, so that the page decides how wide the figure is; the element says in words what it shows. On a screen that
    likes the dark, every colour is what `in_the_dark` makes of it; in print they stay.

    Args:
        text: A whole SVG file that this library wrote.
        name: What stands in front: letters and digits, unique on the page.
        alternative: What the figure shows, for readers who cannot see it.

    Returns:
        Markup of one element, without declaration or document type.
    """
    root = minidom.parseString(text.encode("utf-8")).getElementsByTagName("svg")[0]
    for element in (root, *root.getElementsByTagName("*")):
        for key, value in list(element.attributes.items()):
            if key in ("id", "class"):
                element.setAttribute(key, name + value)
            elif key == "xlink:href":  # which only programs older than this page need
                element.removeAttribute(key)
                element.setAttribute("href", _REFERENCE.sub(rf"\g<1>{name}", value))
            elif key == "clip-path":
                element.setAttribute(key, _REFERENCE.sub(rf"\g<1>{name}", value))
    for rules in root.getElementsByTagName("style")[0].childNodes:
        if isinstance(rules, Text):
            rules.data = re.sub(r"\.(c\d+)\{", rf".{name}\1{{", rules.data)
            rules.data = _ALL.sub("", rules.data)
            rules.data += _dark_rules(rules.data)
    # As wide as in print, relative to the text: one panel does not become a poster, and on a telephone the figure
    # scrolls rather than shrinks its letters away.
    share = float(root.getAttribute("width").removesuffix("pt")) / 72 / FULL_WIDTH
    root.setAttribute("class", WIDE if share == 1 else LONE)
    root.setAttribute("style", f"min-width: {share * 31:.1f}rem; max-width: {share * 60:.1f}rem")
    # What matplotlib says of every element, said of the drawing alone: these two are handed down.
    root.setAttribute("stroke-linejoin", "round")
    root.setAttribute("stroke-linecap", "butt")
    for size in ("width", "height", "xmlns:xlink"):
        root.removeAttribute(size)
    root.setAttribute("role", "img")
    root.setAttribute("aria-label", alternative)
    return root.toxml()


def _dark_rules(rules: str) -> str:
    """Rules with the colours of those given, for dark screens."""
    dark = [
        f"{name}{{{';'.join(f'{key}:{_dark(color)}' for key, color in _COLOR.findall(body))}}}"
        for name, body in _RULE.findall(rules)
        if _COLOR.search(body)
    ]
    return f"@media screen and (prefers-color-scheme:dark){{{''.join(dark)}}}" if dark else ""


_dark = cache(in_the_dark)
