"""Tiny datasets in the formats of the large ones."""

import gzip
import io
import pickle
import struct

import numpy as np
import torch
from PIL import Image

SEED = 7


def pixels(count, *shape):
    """Random bytes of shape (count, *shape)."""
    return np.random.default_rng(SEED + count).integers(0, 256, (count, *shape), dtype=np.uint8)


def labels(count, classes):
    """Every class in turn."""
    return np.arange(count) % classes


def write_cifar10(folder, counts=(3, 2, 2, 2, 2), test=4):
    """The binary version; returns pixels and labels of the training images and of the test images."""
    images, classes = pixels(sum(counts), 3, 32, 32), labels(sum(counts), 10)
    start = 0
    for number, count in enumerate(counts, 1):
        write_records(folder / f"data_batch_{number}.bin", classes[start : start + count, None], images[start:][:count])
        start += count
    test_images, test_classes = pixels(test, 3, 32, 32)[::-1], labels(test, 10)[::-1]
    write_records(folder / "test_batch.bin", test_classes[:, None], test_images)
    return (images, classes), (test_images, test_classes)


def write_records(path, columns, images):
    """Labels (N, n) and images as records of bytes."""
    records = np.concatenate([columns.astype(np.uint8), images.reshape(len(images), -1)], axis=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(records.tobytes())


def write_pickle(path, content, protocol=4):
    """Any content as a pickle."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(content, protocol=protocol))


def python2_batch(images, classes):
    """The pickle, opcode by opcode, that Python 2 and its numpy wrote of {'data': images, 'labels': classes}."""
    count, raw = len(images), images.tobytes()

    def text(value):  # what was a str is now bytes
        return b"U" + bytes([len(value)]) + value

    dtype = b"cnumpy\ndtype\n(" + text(b"u1") + b"K\x00K\x01tR(K\x03" + text(b"|") + b"NNNJ\xff\xff\xff\xffJ"
    dtype += b"\xff\xff\xff\xffK\x00tb"
    start = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00t" + text(b"b") + b"tR"
    state = b"(K\x01(K" + bytes([count]) + b"M\x00\x0ct" + dtype + b"\x89T" + struct.pack("<i", len(raw)) + raw + b"tb"
    listed = b"](" + b"".join(b"K" + bytes([label]) for label in classes) + b"e"
    return b"\x80\x02}(" + text(b"data") + start + state + text(b"labels") + listed + b"u."


def idx(values, *, kind=8):
    """The content of an IDX file."""
    header = struct.pack(">HBB", 0, kind, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape)
    return header + values.astype(np.uint8).tobytes()


def write_idx(folder, train=12, test=5, *, prefix="", classes=4, compressed=False, side=6):
    """The four files of MNIST; returns pixels and labels of both parts."""
    parts = []
    for part, count in (("train", train), ("t10k", test)):
        images, numbers = pixels(count, side, side), labels(count, classes)
        for name, values in (("images-idx3-ubyte", images), ("labels-idx1-ubyte", numbers)):
            content = gzip.compress(idx(values)) if compressed else idx(values)
            (folder / f"{prefix}{part}-{name}{'.gz' if compressed else ''}").write_bytes(content)
        parts.append((images, numbers))
    return parts


def png(image):
    """The content of a PNG file of bytes (height, width) or (height, width, 3)."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, format="PNG")
    return file.getvalue()


def write_pictures(folder, counts, *, side=5):
    """PNG files in one folder for each class; returns their pixels (3, side, side) by class."""
    images = pixels(sum(counts.values()), side, side, 3)
    by_class, start = {}, 0
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        by_class[name] = images[start : start + count].transpose(0, 3, 1, 2)
        for number, image in enumerate(images[start : start + count]):
            (folder / name / f"{number}.png").write_bytes(png(image))
        start += count
    return by_class


def standardised(train, test):
    """Both parts (N, channels, height, width) by the mean and deviation of the first, in double precision."""
    train, test = train.astype(np.float64), test.astype(np.float64)
    mean, deviation = (moment(train, axis=(0, 2, 3), keepdims=True) for moment in (np.mean, unbiased))
    return (train - mean) / deviation, (test - mean) / deviation


def unbiased(values, **options):
    """Standard deviation with one observation less in the denominator."""
    return np.std(values, ddof=1, **options)


def write_python_cifar10(folder, batch=lambda images, classes: {"data": images, "labels": classes}):
    """The python version of what write_cifar10 writes, 3 images in the first file and 2 in each other."""
    images, classes = pixels(11, 3, 32, 32).reshape(11, -1), labels(11, 10).tolist()
    for number, (start, stop) in enumerate([(0, 3), (3, 5), (5, 7), (7, 9), (9, 11)], 1):
        write_pickle(folder / f"data_batch_{number}", batch(images[start:stop], classes[start:stop]))
    test = pixels(4, 3, 32, 32)[::-1].reshape(4, -1)
    write_pickle(folder / "test_batch", batch(test, labels(4, 10)[::-1].tolist()))


def same(one, two):
    """Whether two datasets hold the same examples."""
    return all(
        torch.equal(getattr(one, name), getattr(two, name))
        for name in ("inputs", "targets", "test_inputs", "test_targets")
    )
