"""The SVG that matplotlib writes, at a third of its length and with the same picture."""

import re
from collections.abc import Iterator
from itertools import groupby
from xml.dom import minidom
from xml.dom.minidom import Element, Text

from spectra.report.path_data import short_number, short_path

_REFERENCE = re.compile(r"(url\(#|^#)([^)]+)")
_NUMBER = re.compile(r"-?\d+\.\d+")
_STROKED = re.compile(r"fill:none(?!.*opacity)")  # what may lie on itself or not and looks the same


def lean_svg(text: str) -> str:
    """Drop what nothing refers to and groups that say nothing, write every style once, and cut coordinates at 0.01 pt.

    Text stays text. Identifiers become a0, a1, … and classes c0, c1, … in the order of the drawing.

    Args:
        text: A whole SVG file that matplotlib wrote.
    """
    root = minidom.parseString(text.encode("utf-8")).getElementsByTagName("svg")[0]
    for metadata in root.getElementsByTagName("metadata"):
        root.removeChild(metadata)
    _name_shortly(root)
    styles = _share_styles(root)
    for element in _elements(root):
        _round(element)
    _unwrap(root)
    for element in _elements(root):
        _join_lines(element, styles)
        _lift_class(element)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{root.toxml()}\n'


def _elements(root: Element) -> Iterator[Element]:
    yield root
    yield from list(root.getElementsByTagName("*"))


def _name_shortly(root: Element) -> None:
    """Keep the identifiers that are referred to, under short names."""
    names: dict[str, str] = {}

    def short(found: re.Match[str]) -> str:
        return found[1] + names.setdefault(found[2], f"a{len(names)}")

    for element in _elements(root):
        for key in filter(element.hasAttribute, ("xlink:href", "clip-path")):
            element.setAttribute(key, _REFERENCE.sub(short, element.getAttribute(key)))
    for element in _elements(root):
        name = element.getAttribute("id")
        if name in names:
            element.setAttribute("id", names[name])
        elif name:
            element.removeAttribute("id")


def _share_styles(root: Element) -> dict[str, str]:
    """Give every style a class, write it to the style sheet that matplotlib begins, and return styles by class."""
    classes: dict[str, str] = {}
    for element in _elements(root):
        if style := element.getAttribute("style"):
            element.removeAttribute("style")
            style = re.sub(r"\s*([;:,])\s*", r"\1", _NUMBER.sub(lambda found: short_number(found[0]), style))
            element.setAttribute("class", classes.setdefault(style, f"c{len(classes)}"))
    rules = Text()
    rules.data = "".join(f".{name}{{{style}}}" for style, name in classes.items())
    root.getElementsByTagName("style")[0].appendChild(rules)
    return {name: style for style, name in classes.items()}


def _round(element: Element) -> None:
    if element.hasAttribute("d"):
        element.setAttribute("d", short_path(element.getAttribute("d")))
    if element.tagName != "svg":
        for key in filter(element.hasAttribute, ("x", "y", "width", "height")):
            # An older matplotlib writes one x for each letter of a mathematical text.
            element.setAttribute(key, " ".join(map(short_number, element.getAttribute(key).split())))
    transform = element.getAttribute("transform")
    if re.match(r"rotate\(-?0 ", transform):
        element.removeAttribute("transform")
    elif transform:
        element.setAttribute("transform", _NUMBER.sub(lambda found: short_number(found[0]), transform))


def _unwrap(element: Element) -> None:
    """Put the content of groups that say nothing in their place; drop comments, and spaces between tags."""
    for node in list(element.childNodes):
        if isinstance(node, Element):
            _unwrap(node)
            if node.tagName == "g" and not node.attributes.length:
                for child in list(node.childNodes):
                    element.insertBefore(child, node)
                element.removeChild(node)
        elif element.tagName not in ("text", "tspan", "style"):
            element.removeChild(node)


def _join_lines(group: Element, styles: dict[str, str]) -> None:
    """Make one path of lines of one look that follow one another, such as the bars of a series."""
    for look, same in groupby(_children(group), key=_look):
        if look is None or not _STROKED.search(styles.get(look[0], "")):
            continue
        first, *rest = same
        first.setAttribute("d", "".join(path.getAttribute("d") for path in (first, *rest)))
        for path in rest:
            group.removeChild(path)


def _children(element: Element) -> list[Element]:
    return [node for node in element.childNodes if isinstance(node, Element)]


def _look(element: Element) -> tuple[str, str] | None:
    """Class and clip of a path that says no more than these; None for all else."""
    if element.tagName != "path" or set(element.attributes.keys()) - {"d", "class", "clip-path"}:
        return None
    return element.getAttribute("class"), element.getAttribute("clip-path")


def _lift_class(group: Element) -> None:
    """Say once for a group of marks how they look."""
    marks = _children(group)
    looks = {mark.getAttribute("class") if mark.tagName == "use" else "" for mark in marks}
    if group.tagName == "g" and not group.hasAttribute("class") and len(looks) == 1 and all(looks):
        group.setAttribute("class", looks.pop())
        for mark in marks:
            mark.removeAttribute("class")
