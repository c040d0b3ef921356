"""Pictures are decoded to the pixels that they must have, and strange ones are refused."""

import io

import numpy as np
import pytest
from PIL import Image

from spectra.data.pictures import pictures
from tests.data.written_files import pixels, png


def test_scaling_takes_the_middle_square_and_averages():
    image = np.zeros((4, 8), np.uint8)
    image[:, 2:4], image[:, 4:6] = 100, 200
    scaled = pictures([("a", png(image))], colors="grey", side=2)[0, 0]
    # The weights of a reduction by two over the columns 100 100 200 200 are 3 : 3 : 1, from the nearest side.
    assert scaled[:, 0].tolist() == [round((3 * 100 + 3 * 100 + 200) / 7)] * 2
    assert scaled[:, 1].tolist() == [round((3 * 200 + 3 * 200 + 100) / 7)] * 2


def test_colors_become_grey_by_their_luminance():
    image = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert pictures([("a", png(image))], colors="grey", side=None).tolist() == [[[[76, 150, 29]]]]


def test_grey_pictures_have_three_equal_channels_in_color():
    image = pixels(1, 3, 4)[0]
    decoded = pictures([("a", png(image))], colors="rgb", side=None)[0]
    assert all(np.array_equal(channel, image) for channel in decoded)


def test_more_than_256_shades_are_refused():
    image = np.arange(4, dtype=np.uint16).reshape(2, 2) * 1000
    with pytest.raises(ValueError, match=r"the picture deep.png cannot be used: it has the mode I.*8 bits"):
        pictures([("deep.png", png(image))], colors="grey", side=None)


def test_a_picture_of_a_format_that_runs_a_program_is_refused(tmp_path):
    """Pillow hands EPS, whatever the file is called, to Ghostscript."""
    content = io.BytesIO()
    Image.fromarray(pixels(1, 6, 6, 3)[0]).save(content, format="EPS")
    path = tmp_path / "picture.png"
    path.write_bytes(content.getvalue())
    for source in (path, content.getvalue()):
        with pytest.raises(ValueError, match=r"the picture a cannot be used: it is no PNG, JPEG.* or PPM; convert it"):
            pictures([("a", source)], colors="rgb", side=None)
