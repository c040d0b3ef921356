"""Spectral analysis of loss asymptotics and Hessian sharpness across scaling regimes."""

__version__ = "0.1.0"
