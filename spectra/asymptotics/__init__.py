"""What mathematics predicts for losses: spectra, exponents, constants and curves. Never loads torch."""

from spectra.asymptotics.corner_sgd import corner_exponent, largest_corner_angle
from spectra.asymptotics.diagonal_singularity import (
    fourier_constant,
    jump_source_law,
    line_eigenvalue_law,
    line_source_law,
    weyl_law,
)
from spectra.asymptotics.exponent_estimates import (
    ExponentEstimate,
    ExponentWindows,
    eigenvalue_exponent,
    source_exponent,
    tail_exponent,
)
from spectra.asymptotics.finite_spectrum import FiniteSpectrum, finite_spectrum, predicted_loss
from spectra.asymptotics.harmonics import half_space_coefficients, multiplicities
from spectra.asymptotics.jacobi_heavy_ball import JacobiHeavyBall
from spectra.asymptotics.laws import EigenvalueLaw, LossLaw, SourceLaw, loss_law
from spectra.asymptotics.line_problems import relu_feature_modes, step_feature_modes
from spectra.asymptotics.linear_network import LinearState, LinearTask, linear_state, stacked_states
from spectra.asymptotics.linear_network_curvature import LinearCurvature, linear_curvature
from spectra.asymptotics.linear_network_start import linear_limit, linear_start, output_scale
from spectra.asymptotics.linear_network_training import linear_descent, linear_flow
from spectra.asymptotics.loss_curves import LossCurve, local_exponents, loss_curve
from spectra.asymptotics.mode_laws import loss_expansion, loss_floor, mode_loss_law, mode_source_law
from spectra.asymptotics.modes import Modes
from spectra.asymptotics.optimizers import GradientDescent, HeavyBall, Optimizer, in_steps, optimizer_loss
from spectra.asymptotics.polynomial_kernels import PolynomialKernel
from spectra.asymptotics.prediction import LossForecast, loss_forecast
from spectra.asymptotics.sgd_moments import Propagators, propagators, sgd_mean_loss
from spectra.asymptotics.sgd_phases import MiniBatchSgd, SgdPhase, noise_constant, sgd_loss_law, sgd_phase
from spectra.asymptotics.spectrum_estimates import SpectrumEstimates, spectrum_estimates
from spectra.asymptotics.sphere_kernels import ShallowKernel
from spectra.asymptotics.sphere_spectra import sphere_eigenvalue_law, sphere_eigenvalues
from spectra.asymptotics.sphere_targets import Cap, GaussianDraw, HalfSpacePower, SphereTarget, sphere_modes
from spectra.asymptotics.zonal_spectra import ZonalEigenvalues, zonal_eigenvalues

__all__ = [
    "Cap",
    "EigenvalueLaw",
    "ExponentEstimate",
    "ExponentWindows",
    "FiniteSpectrum",
    "GaussianDraw",
    "GradientDescent",
    "HalfSpacePower",
    "HeavyBall",
    "JacobiHeavyBall",
    "LinearCurvature",
    "LinearState",
    "LinearTask",
    "LossCurve",
    "LossForecast",
    "LossLaw",
    "MiniBatchSgd",
    "Modes",
    "Optimizer",
    "PolynomialKernel",
    "Propagators",
    "SgdPhase",
    "ShallowKernel",
    "SourceLaw",
    "SpectrumEstimates",
    "SphereTarget",
    "ZonalEigenvalues",
    "corner_exponent",
    "eigenvalue_exponent",
    "finite_spectrum",
    "fourier_constant",
    "half_space_coefficients",
    "in_steps",
    "jump_source_law",
    "largest_corner_angle",
    "line_eigenvalue_law",
    "line_source_law",
    "linear_curvature",
    "linear_descent",
    "linear_flow",
    "linear_limit",
    "linear_start",
    "linear_state",
    "local_exponents",
    "loss_curve",
    "loss_expansion",
    "loss_floor",
    "loss_forecast",
    "loss_law",
    "mode_loss_law",
    "mode_source_law",
    "multiplicities",
    "noise_constant",
    "optimizer_loss",
    "output_scale",
    "predicted_loss",
    "propagators",
    "relu_feature_modes",
    "sgd_loss_law",
    "sgd_mean_loss",
    "sgd_phase",
    "source_exponent",
    "spectrum_estimates",
    "sphere_eigenvalue_law",
    "sphere_eigenvalues",
    "sphere_modes",
    "stacked_states",
    "step_feature_modes",
    "tail_exponent",
    "weyl_law",
    "zonal_eigenvalues",
]
