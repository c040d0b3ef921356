"""How often something was found in a file, and where first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Places shown for one kind of problem.
SHOWN_PLACES = 5


@dataclass(frozen=True)
class Tally:
    """A count with its first places, so that a file full of faults takes no memory."""

    count: int = 0
    first: tuple[int, ...] = ()
    example: str = ""  # what stands at the first place, if it is worth showing

    def plus(self, places: Sequence[int], example: str = "") -> Tally:
        """With some more places."""
        first = (*self.first, *places[: SHOWN_PLACES - len(self.first)])
        return Tally(self.count + len(places), first, self.example or example)

    def located(self, kind: str, unit: str) -> str:
        """A kind of thing with the places where it is."""
        more = self.count - len(self.first)
        told = f" (first: {self.example.strip()[:40]!r})" if self.example else ""
        shown = ", ".join(map(str, self.first)) + (f" and {more} more" if more else "")
        return f"{kind} at {unit}{'s' if self.count > 1 else ''} {shown}{told}"
