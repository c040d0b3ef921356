"""Tests run in double precision on one thread: numbers are compared, and cores are shared."""

import pytest
import torch

import spectra.training.repeatable  # noqa: F401  before any test module multiplies matrices
from tests.report.browser import chromium  # noqa: F401  one for a process: Playwright does not start twice


def pytest_configure() -> None:
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)
