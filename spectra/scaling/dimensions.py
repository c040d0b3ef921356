"""Which dimensions of a parameter lead into its layer and which lead out of it, by the class of the layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from spectra.scaling.embedding import Embedding, TiedReadout
from spectra.scaling.layers import Convolution, Linear
from spectra.scaling.role_places import Place

Shape = tuple[int, ...]


class Kind(Enum):
    """What a layer does with a parameter."""

    MATRIX = "matrix"  # multiplies vectors, kernels of convolutions included
    LOOKUP = "lookup"  # its rows are picked by index
    VECTOR = "vector"  # is added to the stream, or multiplies it entry by entry
    RAW = "raw"  # no known layer owns it
    REWRITTEN = "rewritten"  # the layer makes its weight out of this, as weight normalisation does


@dataclass(frozen=True)
class Dimensions:
    """Sizes of a parameter's dimensions, sorted by where they lead.

    Attributes:
        kind: What the layer does with the parameter.
        layer: Name of the layer's class.
        outgoing: How many numbers come out, all groups together; of a vector or a raw parameter its whole shape.
        incoming: How many numbers each of these sees, one entry for each input; empty without a matrix.
        rest: Sizes of kernels.
        groups: Number of groups of a convolution.
    """

    kind: Kind
    layer: str
    outgoing: Shape
    incoming: Shape = ()
    rest: Shape = ()
    groups: int = 1


Reader = Callable[[Place], Dimensions]


def _matrix(place: Place) -> Dimensions:
    """(outgoing, incoming, ...): linear and bilinear layers, gates of recurrent layers, fused queries, keys, values."""
    return Dimensions(Kind.MATRIX, place.layer, place.shape[:1], place.shape[1:])


def _reversed_matrix(place: Place) -> Dimensions:
    """(incoming, outgoing), as some transformers store it."""
    return Dimensions(Kind.MATRIX, place.layer, place.shape[1:], place.shape[:1])


def _convolution(place: Place) -> Dimensions:
    """(outgoing, incoming / groups, kernel ...)."""
    outgoing, incoming, *kernel = place.shape
    return Dimensions(Kind.MATRIX, place.layer, (outgoing,), (incoming,), tuple(kernel), place.groups)


def _transposed_convolution(place: Place) -> Dimensions:
    """(incoming, outgoing / groups, kernel ...)."""
    incoming, outgoing, *kernel = place.shape
    groups = place.groups
    return Dimensions(Kind.MATRIX, place.layer, (outgoing * groups,), (incoming // groups,), tuple(kernel), groups)


def _lookup(place: Place) -> Dimensions:
    """(entries, outgoing)."""
    return Dimensions(Kind.LOOKUP, place.layer, place.shape[1:], place.shape[:1])


def _vector(place: Place) -> Dimensions:
    return Dimensions(Kind.VECTOR, place.layer, place.shape)


def _raw(place: Place) -> Dimensions:
    return Dimensions(Kind.RAW, place.layer, place.shape)


def _rewritten(place: Place) -> Dimensions:
    return Dimensions(Kind.REWRITTEN, place.layer, place.shape)


_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_NORMS = (nn.LayerNorm, nn.RMSNorm, nn.GroupNorm, _NormBase)
_RECURRENT = (nn.RNNBase, nn.RNNCellBase)

# Owner's class, pattern of the name that the parameter has there, how to read it; the first match counts.
_READERS: tuple[tuple[type | tuple[type, ...], str, Reader], ...] = (
    (nn.utils.parametrize.ParametrizationList, "*", _rewritten),
    (nn.Module, "weight_[gv]", _rewritten),  # weight normalisation by hooks
    (nn.Module, "weight_orig", _rewritten),  # spectral normalisation by hooks, pruning
    ((nn.Linear, nn.Bilinear, Linear, TiedReadout), "weight", _matrix),
    ((*_CONVOLUTIONS, Convolution), "weight", _convolution),
    (_TRANSPOSED, "weight", _transposed_convolution),
    ((nn.Linear, nn.Bilinear, *_CONVOLUTIONS, *_TRANSPOSED), "bias", _vector),
    ((nn.Embedding, nn.EmbeddingBag, Embedding), "weight", _lookup),
    (_NORMS, "*", _vector),
    (nn.PReLU, "weight", _vector),
    (nn.MultiheadAttention, "*_proj_weight", _matrix),
    (nn.MultiheadAttention, "*bias*", _vector),
    (_RECURRENT, "weight_*", _matrix),
    (_RECURRENT, "bias_*", _vector),
)


def reader(small: Place, wide: Place) -> Reader:
    """How to read the dimensions of one parameter, which is seen in networks of two widths.

    A class that is not known here is read as a linear layer if it has a matrix `weight` and a `bias` that is as long as
    exactly one dimension of it at either width: that dimension leads out.
    """
    for owner, pattern, read in _READERS:
        if isinstance(small.owner, owner) and fnmatchcase(small.attribute, pattern):
            return read
    for place in (wide, small):
        bias = getattr(place.owner, "bias", None)
        lengths = list(bias.shape) if isinstance(bias, nn.Parameter) else []
        if place.attribute == "weight" and len(place.shape) == 2 and lengths and place.shape[0] != place.shape[1]:
            if lengths == [place.shape[0]]:
                return _matrix
            if lengths == [place.shape[1]]:
                return _reversed_matrix
    return _raw
