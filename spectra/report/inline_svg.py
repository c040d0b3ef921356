"""A saved SVG as a part of an HTML page: no identifier of one figure meets that of another."""

import re
from xml.dom import minidom

from spectra.report.panels import FULL_WIDTH

_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def inline_svg(text: str, *, name: str, alternative: str) -> str:
    """The `<svg>` element of a figure, ready to stand in a page.

    Every identifier and every reference to one gets the figure's name in front; the fixed size gives way to the view
    box, so that the page decides how wide the figure is; the element says in words what it shows.

    Args:
        text: A whole SVG file that this library wrote.
        name: Name of the figure, unique on the page.
        alternative: What the figure shows, for readers who cannot see it.

    Returns:
        Markup of one element, without declaration, document type or metadata.
    """
    root = minidom.parseString(text.encode("utf-8")).getElementsByTagName("svg")[0]
    for metadata in root.getElementsByTagName("metadata"):
        root.removeChild(metadata)
    for element in (root, *root.getElementsByTagName("*")):
        for key, value in list(element.attributes.items()):
            if key == "id":
                element.setAttribute(key, f"{name}-{value}")
            elif key in ("href", "xlink:href") and value.startswith("#"):
                element.setAttribute(key, f"#{name}-{value[1:]}")
            elif "url(#" in value:
                element.setAttribute(key, _REFERENCE.sub(rf"url(#{name}-\1)", value))
    # As wide as in print, relative to the text: one panel does not become a poster, and on a telephone the figure
    # scrolls rather than shrinks its letters away.
    share = float(root.getAttribute("width").removesuffix("pt")) / 72 / FULL_WIDTH
    root.setAttribute("style", f"min-width: {share * 31:.1f}rem; max-width: {share * 60:.1f}rem")
    for size in ("width", "height"):
        root.removeAttribute(size)
    root.setAttribute("role", "img")
    root.setAttribute("aria-label", alternative)
    return root.toxml()
