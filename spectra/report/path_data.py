"""Path data of SVG in few letters: steps from point to point, in hundredths of a unit."""

import re

_TOKEN = re.compile(r"[A-Za-z]|-?\d+(?:\.\d+)?(?:e-?\d+)?")
_POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3}


def short_path(data: str) -> str:
    """The same path at the same hundredths: lines and curves relative to where they start, moves not.

    Points are rounded before steps are taken between them, so that no error adds up along the path.

    Args:
        data: Absolute path data with the commands M, L, Q, C and z alone, as matplotlib writes it.
    """
    tokens, parts = iter(_TOKEN.findall(data)), list[str]()
    start = here = (0, 0)
    last = ""
    for command in tokens:
        if command == "z":
            parts.append("z")
            here, last = start, command
            continue
        points = [(_hundredths(next(tokens)), _hundredths(next(tokens))) for _ in range(_POINTS[command])]
        origin = (0, 0) if command == "M" else here
        steps = _joined([value for x, y in points for value in (x - origin[0], y - origin[1])])
        # The letter of a run of commands stands once.
        letter = command if command == "M" else command.lower() if command != last else "" if steps[0] == "-" else " "
        parts.append(letter + steps)
        here, last = points[-1], command
        start = here if command == "M" else start
    return "".join(parts)


def short_number(text: str) -> str:
    """A number at a hundredth, without zeros that say nothing."""
    return _short(_hundredths(text))


def _joined(hundredths: list[int]) -> str:
    # A minus sign parts two numbers as well as a space does.
    return " ".join(map(_short, hundredths)).replace(" -", "-")


def _hundredths(text: str) -> int:
    return round(100 * float(text))


def _short(hundredths: int) -> str:
    whole, rest = divmod(abs(hundredths), 100)
    text = f"{whole or ''}.{rest:02d}".rstrip("0").rstrip(".") or "0"
    return f"-{text}" if hundredths < 0 else text
