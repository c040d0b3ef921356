"""Reference numbers of trained networks of infinite width, with the kernels that they were made of."""

import torch

from spectra.kernels.infinite import mlp_kernel
from tests.kernels.infinite_width import NUMBERS, numbers

TABLE = NUMBERS["predict_mse"]
TRAIN, TEST, TARGETS = (numbers(TABLE[name]) for name in ("X_train", "X_test", "Y_train"))
NNGP, TANGENT = mlp_kernel(torch.cat([TRAIN, TEST]), hidden=2, activation="relu", weight_var=2.25, bias_var=0.0625)
KERNEL, CROSS = TANGENT[:5, :5], TANGENT[5:, :5]
