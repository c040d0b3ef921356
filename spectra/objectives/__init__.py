"""Mean losses as functions of flat weights: networks, criteria, objectives, on one process or many."""

from spectra.objectives.criteria import IGNORED, Criterion, criterion, cross_entropy, squared_error
from spectra.objectives.flatten_stack import flatten_stack
from spectra.objectives.mean_loss import MeanLoss, gradient, mean_loss
from spectra.objectives.network import Network, flatten
from spectra.objectives.network_stack import NetworkStack
from spectra.objectives.objective import Objective
from spectra.objectives.objective_of import LossObjective, objective_of

__all__ = [
    "IGNORED",
    "Criterion",
    "LossObjective",
    "MeanLoss",
    "Network",
    "NetworkStack",
    "Objective",
    "criterion",
    "cross_entropy",
    "flatten",
    "flatten_stack",
    "gradient",
    "mean_loss",
    "objective_of",
    "squared_error",
]
