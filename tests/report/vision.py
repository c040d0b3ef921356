"""How colours are seen: by the three kinds of dichromats, in grey print, and how far apart two of them are."""

from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

import numpy as np
from matplotlib.colors import to_rgb

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(color):
    coded = np.array(to_rgb(color))
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def luminance(color):
    """Relative luminance, WCAG 2.2."""
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


def contrast(color, other):
    """Of two colours, WCAG 2.2."""
    low, high = sorted((luminance(color), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lab(color, blindness="none"):
    """CIELAB (D65) of a colour as it is seen."""
    seen = (BLINDNESS[blindness] @ linear(color)).clip(0, 1)
    share = XYZ @ seen / XYZ.sum(axis=1)
    x, y, z = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(first, second):
    """CIEDE2000 between two colours in CIELAB (Sharma, Wu and Dalal 2005); 2.3 can just be noticed side by side."""
    (light, a, b), (other_light, other_a, other_b) = first, second
    mean = (hypot(a, b) + hypot(other_a, other_b)) / 2
    stretch = 1 + 0.5 * (1 - sqrt(mean**7 / (mean**7 + 25**7)))
    chroma, other_chroma = hypot(stretch * a, b), hypot(stretch * other_a, other_b)
    hue, other_hue = degrees(atan2(b, stretch * a)) % 360, degrees(atan2(other_b, stretch * other_a)) % 360
    turn = ((other_hue - hue + 180) % 360 - 180) if chroma * other_chroma else 0.0
    hues = (hue + turn / 2) % 360 if chroma * other_chroma else hue + other_hue
    lights, chromas = (light + other_light) / 2, (chroma + other_chroma) / 2
    weight = (
        1 - 0.17 * cos(radians(hues - 30)) + 0.24 * cos(radians(2 * hues))
        + 0.32 * cos(radians(3 * hues + 6)) - 0.20 * cos(radians(4 * hues - 63))
    )  # fmt: skip
    of_light = (other_light - light) / (1 + 0.015 * (lights - 50) ** 2 / sqrt(20 + (lights - 50) ** 2))
    of_chroma = (other_chroma - chroma) / (1 + 0.045 * chromas)
    of_hue = 2 * sqrt(chroma * other_chroma) * sin(radians(turn / 2)) / (1 + 0.015 * chromas * weight)
    rotation = 2 * sqrt(chromas**7 / (chromas**7 + 25**7)) * sin(radians(60 * exp(-(((hues - 275) / 25) ** 2))))
    return sqrt(of_light**2 + of_chroma**2 + of_hue**2 - rotation * of_chroma * of_hue)
