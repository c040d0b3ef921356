"""How many principal directions of a layer are enough to classify."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spectra.features.arguments import centred_matrix, share_between
from spectra.features.layer_features import layer_features
from spectra.notebook import as_html


@dataclass(frozen=True)
class ClassificationDimension:
    """A number of directions, with what it is measured against.

    Attributes:
        dimension: Smallest number of directions with `share` of the accuracy.
        features: Number of features D.
        accuracy: Share of examples in the right class with all features.
        share: Of that accuracy.
    """

    dimension: int
    features: int
    accuracy: float
    share: float

    _repr_html_ = as_html


def classification_dimension(
    module: nn.Module, inputs: Tensor, targets: Tensor, layer: str, *, share: float = 0.95
) -> ClassificationDimension:
    """Smallest k for which the features of a layer, projected on their k first principal directions, still classify.

    The directions are those of the centred features; the features that are projected are not centred, and go on through
    the rest of the module. k = 0 gives the module zeros, and is the answer where no example is in its class.

    Args:
        module: Any module in evaluation mode with outputs (N, C); it is left as it is.
        inputs: N examples, more than the layer has features.
        targets: Classes (N,).
        layer: Name of `named_modules`, for example of what the last matrix reads.
        share: Of the accuracy of the module itself that is enough.

    Raises:
        TypeError: As for `layer_features`.
        ValueError: As for `layer_features`; if targets or outputs are those of no classification, there are no more
            examples than features, or all of them have the same.

    Source: Feng et al. 2022 (arXiv 2206.06072).
    """
    share = share_between("share", share)
    whole = layer_features(module, inputs, [layer])[layer]
    centred = centred_matrix(whole)
    count, features = centred.shape
    if count <= features:
        raise ValueError(f"{count} examples do not tell the directions of {features} features; pass more examples")
    with torch.no_grad():
        accuracy = _accuracy(module(inputs), targets)
        directions = torch.linalg.svd(centred, full_matrices=False).Vh.T.to(whole)
        for dimension in range(features):
            kept = directions[:, :dimension]
            if _accuracy(_projected(module, inputs, layer, kept), targets) >= share * accuracy:
                return ClassificationDimension(dimension, features, accuracy, share)
    return ClassificationDimension(features, features, accuracy, share)


def _projected(module: nn.Module, inputs: Tensor, layer: str, directions: Tensor) -> Tensor:
    """Outputs of the module with the features of a layer projected on some orthonormal directions (D, k)."""

    def project(part: nn.Module, given: object, output: Tensor) -> Tensor:  # noqa: ARG001
        return (output.reshape(len(output), -1) @ directions @ directions.T).view_as(output)

    handle = module.get_submodule(layer).register_forward_hook(project)
    try:
        outputs: Tensor = module(inputs)
    finally:
        handle.remove()
    return outputs


def _accuracy(outputs: Tensor, targets: Tensor) -> float:
    if outputs.ndim != 2 or targets.is_floating_point() or targets.shape != outputs.shape[:1]:
        raise ValueError(
            f"outputs {tuple(outputs.shape)} and targets {targets.dtype} {tuple(targets.shape)} are no classification; "
            "outputs (N, C) and whole numbers (N,) are needed"
        )
    return float((outputs.argmax(1) == targets).double().mean())
