"""A saved SVG as a part of an HTML page: no identifier and no class of one figure meets those of another."""

import re
from xml.dom import minidom
from xml.dom.minidom import Text

from spectra.report.panels import FULL_WIDTH

_REFERENCE = re.compile(r"(url\(#|^#)")


def inline_svg(text: str, *, name: str, alternative: str) -> str:
    """The `<svg>` element of a figure, ready to stand in a page.

    Every identifier, every reference to one and every class gets a name in front; the fixed size gives way to the view
    box, so that the page decides how wide the figure is; the element says in words what it shows.

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
    # As wide as in print, relative to the text: one panel does not become a poster, and on a telephone the figure
    # scrolls rather than shrinks its letters away.
    share = float(root.getAttribute("width").removesuffix("pt")) / 72 / FULL_WIDTH
    root.setAttribute("style", f"min-width: {share * 31:.1f}rem; max-width: {share * 60:.1f}rem")
    for size in ("width", "height", "xmlns:xlink"):
        root.removeAttribute(size)
    root.setAttribute("role", "img")
    root.setAttribute("aria-label", alternative)
    return root.toxml()
