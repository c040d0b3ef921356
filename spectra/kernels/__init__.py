"""Tangent kernels: of any module, exactly or as products; of infinite width; and the dynamics that they drive."""

from spectra.kernels.acquisition import entropy_scores, highest_scores, margin_scores, random_scores
from spectra.kernels.alignment import Alignment, alignment, kernel_alignment
from spectra.kernels.alignment_spectrum import AlignmentSpectrum, alignment_spectrum
from spectra.kernels.anisotropy import AnisotropyDirections, anisotropy_directions
from spectra.kernels.anisotropy_data import anisotropy_data
from spectra.kernels.asymmetric_least_squares import AsymmetricLeastSquares, asymmetric_least_squares
from spectra.kernels.bias_kernel import BiasKernelBounds, active_share, bias_kernel, bias_kernel_bounds
from spectra.kernels.calibration import calibration_error
from spectra.kernels.clipped import Clipped
from spectra.kernels.convolutional import convolutional_kernel
from spectra.kernels.convolutional_windows import Windows
from spectra.kernels.drift import (
    centred_kernel_alignment,
    estimated_drift,
    kernel_distance,
    kernel_drift,
    kernel_velocity,
)
from spectra.kernels.duals import Erf, Gelu, Identity, Kinked, Sign
from spectra.kernels.dynamics import gradient_descent, gradient_flow, maximal_rate
from spectra.kernels.dynamics_of_losses import Path, cross_entropy_slope, loss_flow
from spectra.kernels.dynamics_of_momentum import heavy_ball_flow
from spectra.kernels.effective_rank import EffectiveRanks, effective_rank, effective_ranks
from spectra.kernels.eigenfunctions import EigenfunctionTargets, eigenfunction_targets
from spectra.kernels.empirical import KernelRoutes, empirical_ntk, kernel_routes
from spectra.kernels.ensembles import Ensemble, descent_ensemble, flow_ensemble, posterior
from spectra.kernels.exact_laplace import ExactLaplace, exact_laplace
from spectra.kernels.exponential_linear import Elu
from spectra.kernels.extrapolation import RayLines, ray_growth, ray_lines
from spectra.kernels.features import random_features
from spectra.kernels.infinite import mlp_kernel, residual_kernel
from spectra.kernels.infinite_activations import ACTIVATIONS
from spectra.kernels.infinite_quadrature import Quadrature
from spectra.kernels.jacobian import jacobian
from spectra.kernels.jacobian_products import Jacobian
from spectra.kernels.kernel_diagonal import kernel_diagonal
from spectra.kernels.landmarks import Landmarks, kernel_landmarks
from spectra.kernels.laplace import Laplace, accelerated_laplace
from spectra.kernels.layer_shares import LayerShare, layer_shares
from spectra.kernels.least_squares import LeastSquares, Outputs, least_squares
from spectra.kernels.linearized import Linearized, linearize
from spectra.kernels.look_ahead import LookAhead, look_ahead, output_change
from spectra.kernels.nystrom import Nystrom, kernel_columns, nystrom
from spectra.kernels.operator import kernel_operator, tangent_kernel_operator
from spectra.kernels.polynomial import polynomial_kernel
from spectra.kernels.predictive import Predictive, gaussian_likelihood, output_curvature
from spectra.kernels.prior_choice import likeliest_prior
from spectra.kernels.pseudo import (
    PseudoKernelReport,
    PseudoRegressionReport,
    pseudo_kernel,
    pseudo_kernel_report,
    pseudo_regression_report,
)
from spectra.kernels.regression import Regression, kernel_regression
from spectra.kernels.regression_matrices import relative_ridge
from spectra.kernels.regression_solver import Solution, conjugate_gradients
from spectra.kernels.sketched_features import sketched_features
from spectra.kernels.spectral_error import spectral_error
from spectra.kernels.stopping import (
    StoppingTime,
    optimal_stopping_time,
    ridge_filter,
    ridge_like_stopping,
    stopping_filter,
    stopping_risk,
)
from spectra.kernels.surrogate import Surrogate
from spectra.kernels.tangent_features import TangentFeatures, class_balanced, tangent_features

__all__ = [
    "ACTIVATIONS",
    "Alignment",
    "AlignmentSpectrum",
    "AnisotropyDirections",
    "AsymmetricLeastSquares",
    "BiasKernelBounds",
    "Clipped",
    "EffectiveRanks",
    "EigenfunctionTargets",
    "Elu",
    "Ensemble",
    "Erf",
    "ExactLaplace",
    "Gelu",
    "Identity",
    "Jacobian",
    "KernelRoutes",
    "Kinked",
    "Landmarks",
    "Laplace",
    "LayerShare",
    "LeastSquares",
    "Linearized",
    "LookAhead",
    "Nystrom",
    "Outputs",
    "Path",
    "Predictive",
    "PseudoKernelReport",
    "PseudoRegressionReport",
    "Quadrature",
    "RayLines",
    "Regression",
    "Sign",
    "Solution",
    "StoppingTime",
    "Surrogate",
    "TangentFeatures",
    "Windows",
    "accelerated_laplace",
    "active_share",
    "alignment",
    "alignment_spectrum",
    "anisotropy_data",
    "anisotropy_directions",
    "asymmetric_least_squares",
    "bias_kernel",
    "bias_kernel_bounds",
    "calibration_error",
    "centred_kernel_alignment",
    "class_balanced",
    "conjugate_gradients",
    "convolutional_kernel",
    "cross_entropy_slope",
    "descent_ensemble",
    "effective_rank",
    "effective_ranks",
    "eigenfunction_targets",
    "empirical_ntk",
    "entropy_scores",
    "estimated_drift",
    "exact_laplace",
    "flow_ensemble",
    "gaussian_likelihood",
    "gradient_descent",
    "gradient_flow",
    "heavy_ball_flow",
    "highest_scores",
    "jacobian",
    "kernel_alignment",
    "kernel_columns",
    "kernel_diagonal",
    "kernel_distance",
    "kernel_drift",
    "kernel_landmarks",
    "kernel_operator",
    "kernel_regression",
    "kernel_routes",
    "kernel_velocity",
    "layer_shares",
    "least_squares",
    "likeliest_prior",
    "linearize",
    "look_ahead",
    "loss_flow",
    "margin_scores",
    "maximal_rate",
    "mlp_kernel",
    "nystrom",
    "optimal_stopping_time",
    "output_change",
    "output_curvature",
    "polynomial_kernel",
    "posterior",
    "pseudo_kernel",
    "pseudo_kernel_report",
    "pseudo_regression_report",
    "random_features",
    "random_scores",
    "ray_growth",
    "ray_lines",
    "relative_ridge",
    "residual_kernel",
    "ridge_filter",
    "ridge_like_stopping",
    "sketched_features",
    "spectral_error",
    "stopping_filter",
    "stopping_risk",
    "tangent_features",
    "tangent_kernel_operator",
]
