"""Plain words for names and readable text for numbers: what the tables hold is never shown raw."""

import math
import unicodedata
from collections.abc import Iterable

from spectra.report.cell import Cell
from spectra.verdicts.entry_names import entry_name

REGIMES = {
    "mup": "muP",
    "ntk_matched": "NTK, matched at the base width",
    "ntk": "NTK",
    "standard": "standard",
    "mean_field": "mean field",
    "spectral": "spectral condition",
    "depth_mup": "depth-muP",
    "completep": "CompleteP",
}
QUANTITIES = {
    "effective_sharpness": "effective sharpness",
    "sharpness": "sharpness",
    "loss": "training loss",
    "error": "training error",
    "test_error": "test error",
    "test_loss": "test loss",
    "effective_batch_sharpness": "effective batch sharpness",
    "kernel_eigenvalues": "tangent-kernel eigenvalue",
    "gauss_newton": "Gauss-Newton sharpness",
    "residual_part": "residual part of the curvature",
    "curvature_trace": "trace of the curvature",
    "laplace_loss": "test loss of the Laplace approximation",
    "laplace_calibration_error": "calibration error of the Laplace approximation",
    "laplace_kernel_error": "relative error of the kernel",
    "laplace_kernel_error_by_landmarks": "relative error of the kernel",
    "laplace_covariance_error": "relative error of the covariance",
    "laplace_covariance_error_by_landmarks": "relative error of the covariance",
}
ENTRIES = {
    **dict.fromkeys(("laplace_loss", "laplace_calibration_error"), "{} features"),
    **dict.fromkeys(("laplace_kernel_error", "laplace_covariance_error"), "{} features"),
    **dict.fromkeys(("laplace_kernel_error_by_landmarks", "laplace_covariance_error_by_landmarks"), "{} landmarks"),
}
"""What an index counts, where it is not the place in a list."""
CRITERIA = {
    "mean_log_loss": "mean log-loss over training",
    "final_log_loss": "log-loss at the last step",
}
KINDS = {"sgd": "gradient descent", "adam": "Adam", "adamw": "AdamW"}
SETTINGS = {
    "layers_per_block": ("{} layer per block", "{} layers per block"),
    "batch_size": ("batches of {}", "batches of {}"),
    "depth_exponent": ("depth exponent {}", "depth exponent {}"),
    "heads": ("{} head", "{} heads"),
}
ABSENT = {
    "batch_size": "all data in a batch",
    "richness": "base richness",
    "depth_exponent": "the regime's own depth exponent",
}
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_FORBIDDEN = "\ufffe\uffff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def clean(text: object) -> str:
    """The text with a replacement sign for what no page or figure can hold.

    That is: control characters, lone surrogates, the two non-characters XML forbids, and signs that reverse the
    direction of writing, which would make the text after them unreadable.
    """
    return "".join("\ufffd" if _unfit(letter) else letter for letter in str(text))


def _unfit(letter: str) -> bool:
    return letter in _FORBIDDEN or (unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t")


def regime_title(regime: str) -> str:
    """A regime's name as a reader says it; an unknown name stays as given."""
    return REGIMES.get(regime, clean(regime))


def quantity_title(quantity: str) -> str:
    """A quantity's name in words; an unknown name stays as given, with spaces for underscores."""
    return QUANTITIES.get(quantity) or entry_name(clean(quantity), None)


def entry_title(quantity: str, index: int | None = 0) -> str:
    """One entry of a quantity that may be a vector, as verdicts say it: the first bears its name alone, but for a layer."""
    return entry_name(quantity, index, title=quantity_title(quantity))


def setting_title(name: str, value: object) -> str:
    """A setting with its value as a reader says it, such as `2 layers per block`; empty for a setting it has not."""
    if value is None:
        return ABSENT.get(name, "")
    if name == "regime":
        return regime_title(str(value))
    if isinstance(value, bool):
        return f"{'with' if value else 'without'} {clean(name).replace('_', ' ')}"
    if isinstance(value, (int, float)):
        one, many = SETTINGS.get(name, (f"{clean(name).replace('_', ' ')} {{}}",) * 2)
        return (one if value == 1 else many).format(number(float(value), 6))
    return KINDS.get(str(value), clean(value).replace("_", " "))


def criterion_title(criterion: str) -> str:
    """What is minimised over the learning rate, in words."""
    return CRITERIA.get(criterion, clean(criterion).replace("_", " "))


def number(value: float, digits: int = 3) -> Cell:
    """A number for reading: `digits` significant digits, a true minus sign, powers of ten when very small or large.

    Infinities are `∞` and `−∞`, not-a-number is `–`. In a table it keeps all its digits for those who save that.
    """
    return Cell(_rounded(value, digits), {"value": value})


def _rounded(value: float, digits: int) -> str:
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if -5 < size < 6:
        text = f"{value:.{max(digits - 1 - size, 0)}f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    power = "10" + str(int(exponent)).translate(_SUPERSCRIPTS)
    return {"1": power, "-1": "−" + power}.get(mantissa, f"{mantissa}×{power}").replace("-", "−")


def signed(value: float, digits: int = 2) -> Cell:
    """A number with its sign always shown, as a change is read; zero has none."""
    return Cell(("+" if value > 0 else "") + number(value, digits), {"value": value})


def span(low: float, high: float, digits: int = 2) -> Cell:
    """An interval in words, `low to high`, both signed; `–` if it is not known."""
    known = not (math.isnan(low) and math.isnan(high))
    return Cell(f"{signed(low, digits)} to {signed(high, digits)}" if known else "–", {"low": low, "high": high})


def percent(log_change: float) -> str:
    """A change of the logarithm as a relative change in percent: 0.0488 is `+5 %`."""
    return f"{signed(100 * math.expm1(min(log_change, 700.0)))} %"


def bound(log_change: float) -> Cell:
    """A bound on a change of the logarithm in percent, as a factor beyond a doubling: 0.0488 is `5 %`, 3 is `×20`."""
    if not math.isfinite(log_change):
        return Cell("–", {"factor": math.nan})
    told = factor(log_change)
    return told if log_change > math.log(2) else Cell(percent(log_change).removeprefix("+"), told.values)


def factor(log_change: float) -> Cell:
    """A change of the logarithm as a factor, in percent where that is near one: 0.693 is `×2`, 0.0099 is `+1 %`."""
    ratio = math.exp(min(log_change, 700.0))
    if math.isnan(log_change) or abs(log_change) < math.log(1.1):
        return Cell("–" if math.isnan(log_change) else percent(log_change), {"factor": ratio})
    return Cell(f"×{number(ratio)}", {"factor": ratio})


def listing(values: list[str] | tuple[str, ...], limit: int = 12) -> str:
    """Values behind one another, with semicolons where one has a comma; long lists keep their ends and a count."""
    sign = "; " if any(", " in value for value in values) else ", "
    if len(values) <= limit:
        return sign.join(values)
    return f"{sign.join([*values[:3], '…', values[-1]])} ({len(values)} values)"


def between(counts: Iterable[int], noun: str) -> str:
    """Counts with their noun: the one there is, such as `1 seed`, or the smallest and the largest, as `3–4 seeds`."""
    ends = sorted(set(counts)) or [0]
    return counted(ends[-1], noun) if ends[0] == ends[-1] else f"{whole(ends[0])}–{counted(ends[-1], noun)}"


def is_loss(quantity: str) -> bool:
    """Whether a quantity falls in training whatever the network learns, so that its change is told as a fall."""
    return quantity.endswith("loss") or quantity in ("error", "test_error")


def counted(count: int, noun: str) -> str:
    """A count with its noun in the right number: `1 run`, `3 runs`."""
    return f"{whole(count)} {noun}{'' if count == 1 else 's'}"


def whole(count: float) -> Cell:
    """A count with its thousands set apart by narrow spaces."""
    return Cell(f"{count:,.0f}".replace(",", "\u202f"), {"value": count})


def duration(seconds: float) -> Cell:
    """A time span with the unit that suits it."""
    return Cell(_lasting(seconds), {"seconds": seconds})


def _lasting(seconds: float) -> str:
    if not math.isfinite(seconds):
        return "–"
    if seconds < 120:
        return f"{number(seconds)} s"
    return f"{number(seconds / 60)} min" if seconds < 7200 else f"{number(seconds / 3600)} h"
