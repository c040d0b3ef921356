"""In what a loss is measured: its criterion goes with the data."""

from pandas import DataFrame

SQUARED_ERROR = frozenset({"circle", "power_law_stream", "power_law_teacher", "sphere", "zonal"})
CROSS_ENTROPY = frozenset(
    {
        "cifar10", "cifar100", "class_halves", "digits", "eigenfunctions", "english_text", "hugging_face_images",
        "hugging_face_text", "idx", "image_folder", "markov_text", "mnist", "mnist1d", "sparse_parity", "text",
        "tokens",
    }
)  # fmt: skip
"""Kinds of data by the criterion of their loss."""


def loss_unit(table: DataFrame) -> str:
    """The unit of all losses of a long table: nats for cross-entropy; empty for squared errors and if not known.

    Args:
        table: Long table; its column `data` has the kind of the data, and `criterion` the one that a recipe names in
            place of theirs.
    """
    if "criterion" in table and (table["criterion"] == "squared_error").any():
        return ""
    kinds = set(table["data"].dropna().unique()) if "data" in table else set()
    return "nats" if kinds and kinds <= CROSS_ENTROPY else ""
