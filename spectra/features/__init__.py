"""Features of any layer: their directions, dimensions and ranks, and the linear regions that they are made of."""

from spectra.features.layer_features import layer_features, layer_names
from spectra.features.nearest_neighbours import NeighbourDimension, neighbour_dimension
from spectra.features.quasi_orthogonality import QuasiOrthogonality, cosines, quasi_orthogonality
from spectra.features.separability import SeparabilityDimension, separability_dimension, sphere_dimension
from spectra.features.spectral_dimensions import SpectralDimensions, covariance_eigenvalues, spectral_dimensions

__all__ = [
    "NeighbourDimension",
    "QuasiOrthogonality",
    "SeparabilityDimension",
    "SpectralDimensions",
    "cosines",
    "covariance_eigenvalues",
    "layer_features",
    "layer_names",
    "neighbour_dimension",
    "quasi_orthogonality",
    "separability_dimension",
    "spectral_dimensions",
    "sphere_dimension",
]
