"""Finished runs on disk: written once, verified on every reading, shared by any number of sweeps."""
