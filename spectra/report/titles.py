"""Plain words for the names that tables and recipes have: quantities, settings, regimes, criteria."""

from spectra.plain_text import clean
from spectra.report.words import number
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
}
"""Names on a page that say more than those of sentences do (`entry_names.TITLES`)."""
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
NAMES = {"trained_examples": "training-set size"}
"""Columns whose names with spaces for underscores are no words for what grows, or stands on an axis."""


def column_title(column: str) -> str:
    """A column's name in words, such as that of a setting or of the size that grows."""
    return NAMES.get(column) or clean(column).replace("_", " ")


def regime_title(regime: str) -> str:
    """A regime's name as a reader says it; an unknown name stays as given."""
    return REGIMES.get(regime, clean(regime))


def quantity_title(quantity: str) -> str:
    """A quantity's name in words; an unknown name stays as given, with spaces for underscores."""
    return QUANTITIES.get(quantity) or entry_name(clean(quantity), None)


def entry_title(quantity: str, index: int | None = 0) -> str:
    """One entry of a quantity that may be a vector, as verdicts say it: the first bears its name alone, but for one by
    layer."""
    return entry_name(quantity, index, title=quantity_title(quantity))


def setting_title(name: str, value: object) -> str:
    """A setting with its value as a reader says it, such as `2 layers per block`; empty for a setting it has not."""
    if value is None:
        return ABSENT.get(name, "")
    if name == "regime":
        return regime_title(str(value))
    if isinstance(value, bool):
        return f"{'with' if value else 'without'} {column_title(name)}"
    if isinstance(value, (int, float)):
        told, (one, many) = number(float(value), 6), SETTINGS.get(name, ("", ""))
        # A user's name may have braces of its own.
        return (one if value == 1 else many).format(told) or f"{column_title(name)} {told}"
    return KINDS.get(str(value), clean(value).replace("_", " "))


def criterion_title(criterion: str) -> str:
    """What is minimised over the learning rate, in words."""
    return CRITERIA.get(criterion) or column_title(criterion)


def is_loss(quantity: str) -> bool:
    """Whether a quantity falls in training whatever the network learns, so that its change is told as a fall."""
    return quantity.endswith("loss") or quantity in ("error", "test_error")
