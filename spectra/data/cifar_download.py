"""Fetching CIFAR through torchvision, where a user has it and asks for it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path


def download_archive(name: str, folder: Path, *, remedy: str) -> None:
    """Let torchvision download, compare with its checksum and unpack the python version.

    Args:
        name: Name of the class in `torchvision.datasets`.
        folder: Where to; it is made if it does not exist.
        remedy: What else gets the files, for messages.

    Raises:
        ImportError: If torchvision is not installed.
        ConnectionError: If the download fails.
    """
    try:
        datasets, tools = import_module("torchvision.datasets"), import_module("torchvision.datasets.utils")
    except ImportError as error:
        raise ImportError(
            f"download = true needs torchvision, which is not installed; run: pip install torchvision; or {remedy}"
        ) from error
    source = getattr(datasets, name)
    try:
        # Not the class itself: that would unpickle what it fetches.
        tools.download_and_extract_archive(source.url, str(folder), filename=source.filename, md5=source.tgz_md5)
    # torchvision raises RuntimeError when the checksum is wrong, and OSError when there is no connection.
    except (OSError, RuntimeError) as error:
        raise ConnectionError(f"the download of {name} to {folder} failed ({error}); {remedy}") from error
