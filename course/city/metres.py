"""Distances in metres that are the same number on every machine.

Convention: equirectangular distance on a sphere of 6,371,008.8 m, good to about 0.1 %
inside a city. Only ``+ - * /`` and ``sqrt`` are used, which IEEE 754 rounds exactly;
the library cosine may differ in its last digit between platforms.
"""

from __future__ import annotations

import numpy as np

_METRES_PER_DEGREE = 111195.0802335329  # 2 * pi * 6371008.8 / 360
_RADIANS_PER_DEGREE = 0.017453292519943295


def cos_degrees(angle: np.ndarray | float) -> np.ndarray:
    """Return the cosine of latitudes in degrees, exactly reproducible.

    Parameters
    ----------
    angle : array_like
        Degrees between -90 and 90.

    Returns
    -------
    numpy.ndarray
        The cosine, correct to about 1e-13.

    Examples
    --------
    >>> float(cos_degrees(60.0).round(9))
    0.5
    """
    x = np.asarray(angle, dtype=np.float64) * _RADIANS_PER_DEGREE
    square = x * x
    total = np.ones_like(square)
    # Horner form of the Taylor series: 1 - x2/(1*2) * (1 - x2/(3*4) * (1 - ...)).
    for k in range(10, 0, -1):
        total = 1.0 - square / float((2 * k - 1) * (2 * k)) * total
    return total


def metres_between(
    lat_a: np.ndarray | float,
    lon_a: np.ndarray | float,
    lat_b: np.ndarray | float,
    lon_b: np.ndarray | float,
) -> np.ndarray:
    """Return the distance between points, element by element.

    Parameters
    ----------
    lat_a, lon_a, lat_b, lon_b : array_like
        WGS 84 degrees, shapes that broadcast together.

    Returns
    -------
    numpy.ndarray of float64
        Metres.

    Examples
    --------
    >>> int(metres_between(37.5547, 126.9707, 37.5657, 126.9771))
    1346
    """
    lat_a, lon_a, lat_b, lon_b = (
        np.asarray(value, dtype=np.float64) for value in (lat_a, lon_a, lat_b, lon_b)
    )
    north = (lat_b - lat_a) * _METRES_PER_DEGREE
    east = (lon_b - lon_a) * _METRES_PER_DEGREE * cos_degrees((lat_a + lat_b) * 0.5)
    return np.sqrt(north * north + east * east)
