"""Text that a stranger may have written, for a terminal."""


def printable(text: str) -> str:
    """A text with a question mark for each sign that would steer a terminal; line breaks and tabs stay."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "?" for sign in text)
