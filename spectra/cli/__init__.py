"""The command line: parse, call, print. Nothing else in the package prints."""

from spectra.cli.application import main

__all__ = ["main"]
