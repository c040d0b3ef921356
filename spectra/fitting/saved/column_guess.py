"""Which columns are x, y and group, told from their names."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from spectra.fitting.saved.source import Source, quoted

X_WORDS = (
    "global step", "step", "steps", "iteration", "iterations", "iter", "iters", "iter num", "update", "updates",
    "num updates", "batch", "tokens", "num tokens", "tokens seen", "total tokens", "examples", "samples", "epoch",
    "epochs", "t", "n", "d", "x",
)  # fmt: skip
"""Names of x, the likeliest first: the step of the optimizer wherever there is one."""
Y_WORDS = (
    "loss", "train loss", "training loss", "loss train", "train loss step", "l", "eval loss", "val loss", "valid loss",
    "validation loss", "loss val", "loss eval", "test loss", "loss test",
)  # fmt: skip
LAST_Y_WORDS = ("perplexity", "ppl", "nll", "cross entropy", "bits per byte", "error", "value", "y")
PERPLEXITIES = {"perplexity", "ppl"}
NO_LOSS = {"scale", "scaler", "weight", "coef", "time", "count", "lr"}
GROUP_WORDS = ("run", "run id", "run name", "curve", "series", "group", "trial", "experiment", "model", "name", "seed")
# Weights & Biases exports "run - quantity" with a smallest and largest value beside each.
EXPORTED = re.compile(r"^(?P<run>.+) - (?P<quantity>.+?)$")
BOUNDS = ("__MIN", "__MAX")
# Other columns that a note names.
SHOWN_OTHERS = 5


@dataclass(frozen=True)
class Columns:
    """Columns of a source that make its curves."""

    x: str
    y: tuple[str, ...]  # one curve or group of curves each
    group: str | None
    notes: tuple[str, ...]  # what was guessed


def chosen_columns(source: Source, *, x: str | None, y: str | None, group: str | None) -> Columns:
    """The columns asked for; those not named are guessed, and notes say how.

    Args:
        source: The table.
        x: Name of the column of x.
        y: Name of the column of y, or a pattern such as "seed*" for several columns, a curve each.
        group: Name of the column that tells runs apart; "" for none.

    Raises:
        ValueError: If a column is missing, is there twice, or nothing looks like one.
    """
    names = [name for name in source.names if not name.endswith(BOUNDS)]
    source.require(*filter(None, (x, group)))
    found_x = x if x is not None else _guess_x(source, names, y)
    found_y = _matching(source, names, y, found_x) if y is not None else _guess_y(source, names, found_x)
    found_group = group if group is not None else _best(names, GROUP_WORDS, taken=(found_x, *found_y))
    source.require(found_x, *found_y, *filter(None, (found_group,)))
    guessed = {
        "x": (x, quoted(found_x)),
        "y": (y, _several(found_y)),
        "group": (group, found_group and quoted(found_group)),
    }
    told = [f"{role} is column {found}" for role, (asked, found) in guessed.items() if asked is None and found]
    others = {"x": _like(names, X_WORDS), "y": _losses(names), "group": _like(names, GROUP_WORDS)}
    chosen = {found_x, *found_y, *map(quantity, found_y), found_group}
    notes = [f"Guessed: {', '.join(told)}."] if told else []
    for role, (asked, found) in guessed.items():
        left = [name for name in others[role] if name not in chosen]
        if asked is None and found and left:
            notes.append(f"{_listed(left)} could be {role} as well: name it with {role}=... (--{role}).")
    if any(PERPLEXITIES & set(words(quantity(name)).split()) for name in found_y):
        notes.append(
            "A perplexity is the exponential of a loss: where the loss follows a power law it follows none, and its "
            "exponent is another. Save its logarithm, and fit that."
        )
    return Columns(found_x, found_y, found_group or None, tuple(notes))


def words(name: str) -> str:
    """A column name in lower case with spaces between its parts."""
    return " ".join(re.findall(r"[a-z0-9]+", name.lower()))


def _like(names: Iterable[str], likely: Sequence[str]) -> list[str]:
    """Those of some names that stand among the likely ones; single letters may mean anything."""
    return [name for name in names if words(name) in likely and len(name) > 1]


def _losses(names: Sequence[str]) -> list[str]:
    """Names of columns, or of quantities of an export, that may be losses."""
    quantities = dict.fromkeys(map(quantity, names))
    last = set(_like(quantities, LAST_Y_WORDS))
    return [name for name in quantities if name in last or _is_loss(words(name))]


def quantity(name: str) -> str:
    """The quantity that an exported column names; the whole name for any other column."""
    match = EXPORTED.match(name)
    return match["quantity"] if match else name


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(quoted, names[:SHOWN_OTHERS]))
    more = len(names) - SHOWN_OTHERS
    return shown + (f" and {more} more" if more > 0 else "")


def _matching(source: Source, names: Sequence[str], pattern: str, x: str) -> tuple[str, ...]:
    if pattern in source.names:
        return (pattern,)
    asked = (pattern, f"* - {pattern}")  # the quantity alone, for every run of an export
    found = tuple(name for name in names if name != x and any(fnmatchcase(name, each) for each in asked))
    if not found:
        source.require(pattern)
    return found


def _guess_x(source: Source, names: Sequence[str], y: str | None) -> str:
    best = _best(names, X_WORDS, taken=(y,))
    if best is None:
        best = next((name for end in X_WORDS[:12] for name in names if words(name).endswith(f" {end}")), None)
    if best is None and len(names) == 2:
        best = next(name for name in names if name != y)
    if best is None:
        raise ValueError(
            f"{source.path} has no column that is named like a step; {source.choice()}: name it with x=... (--x)"
        )
    return best


def _guess_y(source: Source, names: Sequence[str], x: str) -> tuple[str, ...]:
    quantities = {words(match["quantity"]): match["quantity"] for name in names if (match := EXPORTED.match(name))}
    exported = quantities.get(_best_words(list(quantities)) or "")
    if exported is not None:
        return tuple(name for name in names if name.endswith(f" - {exported}"))
    others = [name for name in names if name != x]
    best = _best_words([words(name) for name in others])
    if best is not None:
        return (next(name for name in others if words(name) == best),)
    if len(others) == 1:
        return (others[0],)
    raise ValueError(
        f"{source.path} has no column that is named like a loss; {source.choice()}: name it with y=... (--y)"
    )


def _best_words(found: Sequence[str]) -> str | None:
    """The likeliest of some names for a loss."""
    other = [name for name in found if _is_loss(name)]
    return next((name for name in (*Y_WORDS, *other, *LAST_Y_WORDS) if name in found), None)


def _is_loss(found: str) -> bool:
    return "loss" in found.split() and not NO_LOSS & set(found.split())


def _best(names: Sequence[str], likeliest: Sequence[str], *, taken: Sequence[str | None]) -> str | None:
    used = set(taken)
    free = {words(name): name for name in reversed(names) if name not in used}
    return next((free[word] for word in likeliest if word in free), None)


def _several(names: tuple[str, ...]) -> str:
    return quoted(names[0]) + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def run_of(column: str) -> str:
    """The run that an exported column names; the whole name for any other column."""
    match = EXPORTED.match(column)
    return match["run"] if match else column
