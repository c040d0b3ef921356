"""Datasets, as specs that load."""

from spectra.data.cifar import CIFAR10, CIFAR100
from spectra.data.circle import Circle
from spectra.data.class_halves import ClassHalves
from spectra.data.dataset import Dataset, DataSpec
from spectra.data.digits import Digits
from spectra.data.eigenfunctions import Eigenfunctions
from spectra.data.english_text import EnglishText
from spectra.data.hugging_face_images import HuggingFaceImages
from spectra.data.hugging_face_text import HuggingFaceText
from spectra.data.idx_files import IdxFiles
from spectra.data.image_folder import ImageFolder
from spectra.data.markov_text import MarkovChain, MarkovText
from spectra.data.mnist import MNIST
from spectra.data.mnist1d import MNIST1D
from spectra.data.power_law_stream import PowerLawStream
from spectra.data.power_law_teacher import PowerLawTeacher
from spectra.data.sparse_parity import SparseParity
from spectra.data.sphere import Sphere
from spectra.data.text_files import TextFiles
from spectra.data.token_files import TokenFiles
from spectra.data.zonal import Zonal

DATA: dict[str, type] = {
    "cifar10": CIFAR10,
    "cifar100": CIFAR100,
    "circle": Circle,
    "class_halves": ClassHalves,
    "digits": Digits,
    "eigenfunctions": Eigenfunctions,
    "english_text": EnglishText,
    "hugging_face_images": HuggingFaceImages,
    "hugging_face_text": HuggingFaceText,
    "idx": IdxFiles,
    "image_folder": ImageFolder,
    "markov_text": MarkovText,
    "mnist": MNIST,
    "mnist1d": MNIST1D,
    "power_law_stream": PowerLawStream,
    "power_law_teacher": PowerLawTeacher,
    "sparse_parity": SparseParity,
    "sphere": Sphere,
    "text": TextFiles,
    "tokens": TokenFiles,
    "zonal": Zonal,
}

__all__ = [
    "CIFAR10",
    "CIFAR100",
    "DATA",
    "MNIST",
    "MNIST1D",
    "Circle",
    "ClassHalves",
    "DataSpec",
    "Dataset",
    "Digits",
    "Eigenfunctions",
    "EnglishText",
    "HuggingFaceImages",
    "HuggingFaceText",
    "IdxFiles",
    "ImageFolder",
    "MarkovChain",
    "MarkovText",
    "PowerLawStream",
    "PowerLawTeacher",
    "SparseParity",
    "Sphere",
    "TextFiles",
    "TokenFiles",
    "Zonal",
]
