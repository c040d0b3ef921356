"""The SVG that matplotlib writes, at less than half of its length and with the same picture."""

import re

_TAG = re.compile(r"<[^>!?][^>]*>")
_IDENTIFIER = re.compile(r' id="([^"]*)"')
_STYLE = re.compile(r' style="([^"]*)"')
_LONG_NUMBER = re.compile(r"(\d\.\d\d)\d+")
_REFERENCE = re.compile(r'(?:url\(|href=")#([^")]+)')


def lean_svg(text: str, *, name: str) -> str:
    """Drop what nothing refers to, write every style once, and cut coordinates at a hundredth of a point.

    Args:
        text: A whole SVG file that matplotlib wrote.
        name: Name of the figure, with which its classes begin, so that figures of one page have no class in common.
    """
    used, classes = set(_REFERENCE.findall(text)), dict[str, str]()

    def classed(style: re.Match[str]) -> str:
        return f' class="{classes.setdefault(style[1], f"{name}-{len(classes)}")}"'

    def shorter(tag: re.Match[str]) -> str:
        kept = _IDENTIFIER.sub(lambda found: found[0] if found[1] in used else "", " ".join(tag[0].split()))
        return _STYLE.sub(classed, _LONG_NUMBER.sub(r"\1", kept))

    # Text between tags is the user's: only tags are touched.
    whole = re.sub(r">\s+<", "><", _TAG.sub(shorter, text))
    rules = "".join(f".{label} {{{style}}}" for style, label in classes.items())
    return whole.replace("</style>", f"{rules}</style>", 1)
