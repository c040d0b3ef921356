"""Datasets, as specs that load."""

from spectra.data.dataset import Dataset, DataSpec
from spectra.data.digits import Digits

DATA: dict[str, type] = {"digits": Digits}

__all__ = ["DATA", "DataSpec", "Dataset", "Digits"]
