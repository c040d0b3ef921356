"""Features of any layer: directions, dimensions and ranks, and the linear regions and weights they are made of."""

from spectra.features.activation_patterns import PatternDiversity, activation_patterns, pattern_diversity
from spectra.features.classification_dimension import ClassificationDimension, classification_dimension
from spectra.features.independence_deficit import IndependenceDeficit, independence_deficit
from spectra.features.jacobian_ranks import input_jacobians, jacobian_ranks
from spectra.features.layer_features import layer_features, layer_names
from spectra.features.linear_regions import RegionsOnPath, linear_regions
from spectra.features.nearest_neighbours import NeighbourDimension, neighbour_dimension
from spectra.features.numerical_rank import gram_rtol, numerical_rank
from spectra.features.perturbed_ranks import perturbed_ranks
from spectra.features.quasi_orthogonality import QuasiOrthogonality, cosines, quasi_orthogonality
from spectra.features.separability import SeparabilityDimension, separability_dimension, sphere_dimension
from spectra.features.spectral_dimensions import SpectralDimensions, covariance_eigenvalues, spectral_dimensions
from spectra.features.weight_spectrum import WeightSpectrum, weight_spectrum

__all__ = [
    "ClassificationDimension",
    "IndependenceDeficit",
    "NeighbourDimension",
    "PatternDiversity",
    "QuasiOrthogonality",
    "RegionsOnPath",
    "SeparabilityDimension",
    "SpectralDimensions",
    "WeightSpectrum",
    "activation_patterns",
    "classification_dimension",
    "cosines",
    "covariance_eigenvalues",
    "gram_rtol",
    "independence_deficit",
    "input_jacobians",
    "jacobian_ranks",
    "layer_features",
    "layer_names",
    "linear_regions",
    "neighbour_dimension",
    "numerical_rank",
    "pattern_diversity",
    "perturbed_ranks",
    "quasi_orthogonality",
    "separability_dimension",
    "spectral_dimensions",
    "sphere_dimension",
    "weight_spectrum",
]
