"""Text that any page, figure, file or terminal can hold."""

import unicodedata
from collections.abc import Iterable

_FORBIDDEN = "\ufffe\uffff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def clean(text: object) -> str:
    """The text with a replacement sign for what no page, figure or file can hold, and what a terminal would obey.

    That is: control characters, lone surrogates, the two non-characters XML forbids, and signs that reverse the
    direction of writing, which would make the text after them unreadable.
    """
    return "".join("\ufffd" if _unfit(letter) else letter for letter in str(text))


def printable(text: str, *, lines: bool = False) -> str:
    """A text for a message, with signs that would act on a terminal spelled out; line ends and tabs stay if `lines`."""
    stay = "\n\t" if lines else ""
    return "".join(sign if sign.isprintable() or sign in stay else repr(sign)[1:-1] for sign in text)


def first_few(names: Iterable[object], most: int = 8) -> str:
    """The first of some names that may be many, such as "a, b and 3 more"; empty if there are none."""
    listed = [str(name) for name in names]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def _unfit(letter: str) -> bool:
    return letter in _FORBIDDEN or (unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t")
