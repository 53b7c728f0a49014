"""Every colour of the kit, once: roles in light and dark, data scales, tests of sight.

The accent marks what the reader can touch or has selected and is never used for data.
Sequential data run from light (little) to dark (much) on paper, and the other way round
on a dark page, so that "much" always stands out. Diverging data have a neutral colour
for exactly zero. Categories are the seven of Okabe and Ito.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Theme = Literal["light", "dark"]

ROLES: dict[Theme, dict[str, str]] = {
    "light": {
        "ink": "#1f2933", "ink-2": "#52606d", "paper": "#ffffff", "hairline": "#d9dee3",
        "canvas": "#f4f5f2", "accent": "#0b6e99", "accent-soft": "#e6f1f6", "on-accent": "#ffffff",
        "badge": "#fdf1dc", "badge-ink": "#7a4a00", "network": "#a9b0b7", "halo": "#ffffff",
        "bar": "#7b8794", "bar-strong": "#3e4c59",
    },
    "dark": {
        "ink": "#e6e9ec", "ink-2": "#a9b4be", "paper": "#161b20", "hairline": "#3a434c",
        "canvas": "#20262b", "accent": "#6fc3e8", "accent-soft": "#1d3440", "on-accent": "#10181d",
        "badge": "#382b14", "badge-ink": "#f2c879", "network": "#6d7780", "halo": "#161b20",
        "bar": "#8b97a3", "bar-strong": "#c3ccd4",
    },
}  # fmt: skip

# Blue pays less, orange pays more; the middle stands for exactly zero and nothing else.
_DIVERGING: dict[Theme, tuple[str, ...]] = {
    "light": ("#20408f", "#5f86c9", "#b4cbea", "#f0ede6", "#f6cd9c", "#e0913f", "#9c4a08"),
    "dark": ("#9cc3ff", "#5f8fdc", "#36568f", "#363c42", "#7f5426", "#cf8433", "#ffc27a"),
}
# Nine samples of cividis, dark to light (Nunez, Anderton and Renslow 2018, public domain).
_CIVIDIS = (
    "#00224e", "#1a386f", "#434e6c", "#61656f", "#7d7c78", "#9b9476", "#bcae6c", "#dec958",
    "#fee838",
)  # fmt: skip
OKABE_ITO: tuple[str, ...] = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#f0e442",
)  # fmt: skip
MARKERS: tuple[str, ...] = ("o", "s", "^", "D", "v", "P", "X")
HATCHES: tuple[str, ...] = ("", "//", "..", "\\\\", "xx", "--", "++")
NO_DATA: dict[Theme, str] = {"light": "#e3e6e8", "dark": "#2b3238"}

# Machado, Oliveira and Fernandes (2009), full severity, on linear light.
_SIGHT = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "typical": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
}


def _rgb(color: str) -> tuple[float, ...]:
    return tuple(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))


def _hex(rgb: Sequence[float]) -> str:
    return "#" + "".join(f"{round(min(max(v, 0.0), 1.0) * 255):02x}" for v in rgb)


def _linear(color: str) -> tuple[float, ...]:
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _rgb(color))


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2).

    Parameters
    ----------
    first, second : str
        Colours as ``#rrggbb``.

    Examples
    --------
    >>> round(contrast("#000000", "#ffffff"), 1)
    21.0
    """
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (_linear(first), _linear(second))]
    return (max(light) + 0.05) / (min(light) + 0.05)


def distance(first: str, second: str, *, sight: str = "typical") -> float:
    """Return how far apart two colours look (CIE 1976), for one kind of colour vision.

    Parameters
    ----------
    first, second : str
        Colours as ``#rrggbb``.
    sight : str
        ``typical``, ``deuteranopia`` or ``protanopia``.

    Returns
    -------
    float
        About 2 can just be told apart side by side; 10 is clear on a map.
    """
    labs = []
    for color in (first, second):
        seen = _linear(color)
        seen = [sum(m * c for m, c in zip(row, seen, strict=True)) for row in _SIGHT[sight]]
        r, g, b = (min(max(v, 0.0), 1.0) for v in seen)
        x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047
        y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b
        z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883
        fx, fy, fz = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
        labs.append((116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)))
    return sum((a - b) ** 2 for a, b in zip(*labs, strict=True)) ** 0.5


def mix(colors: Sequence[str], share: float) -> str:
    """Return the colour at ``share`` (0 to 1) along a row of colours."""
    spot = min(max(share, 0.0), 1.0) * (len(colors) - 1)
    low = min(int(spot), len(colors) - 2)
    pairs = zip(_rgb(colors[low]), _rgb(colors[low + 1]), strict=True)
    return _hex([a + (b - a) * (spot - low) for a, b in pairs])


def text_on(color: str) -> str:
    """Return the ink that reads best on a colour: dark or white, by contrast.

    Examples
    --------
    >>> text_on("#ffd700")
    '#1f2933'
    """
    inks = (ROLES["light"]["ink"], "#ffffff")
    return max(inks, key=lambda ink: contrast(ink, color))


def sequential(classes: int, *, theme: Theme = "light") -> list[str]:
    """Return ``classes`` colours from little to much.

    Parameters
    ----------
    classes : int
        1 to 9.
    theme : str
        ``light`` or ``dark``.
    """
    steps = [i / max(classes - 1, 1) for i in range(classes)] if classes > 1 else [0.5]
    colors = [mix(_CIVIDIS, step) for step in steps]
    return colors if theme == "dark" else colors[::-1]


def diverging(side: int = 3, *, theme: Theme = "light") -> list[str]:
    """Return ``2 * side + 1`` colours: less, exactly zero, more.

    Parameters
    ----------
    side : int
        Classes on each side of zero, 1 to 4.
    theme : str
        ``light`` or ``dark``.
    """
    row = _DIVERGING[theme]
    if side == 1:
        return [row[1], row[3], row[5]]
    shares = [i / (side - 1) for i in range(side)]
    return [*(mix(row[:3], s) for s in shares), row[3], *(mix(row[4:], s) for s in shares)]


def line_color(color: str, *, theme: Theme = "light") -> str:
    """Return a line's own colour where the feed gives one, the grey of the base where not."""
    text = color.strip().lower()
    good = len(text) == 7 and text[0] == "#" and all(c in "0123456789abcdef" for c in text[1:])
    # a feed's white or black line would vanish on the canvas of one theme
    if good and contrast(text, ROLES[theme]["canvas"]) >= 1.4:
        return text
    return ROLES[theme]["network"]


def css_variables(theme: Theme) -> str:
    """Return the roles of one theme as CSS custom properties."""
    colors = "".join(f"--kit-{name}:{value};" for name, value in ROLES[theme].items())
    less, more = _DIVERGING[theme][1], _DIVERGING[theme][5]
    return f"{colors}--kit-less:{less};--kit-more:{more};color-scheme:{theme};"
