"""The pieces every part of the home page is made of: text, link, button, card, heading.

The page is Markdown with HTML inside, as far as JupyterLab's sanitizer keeps it (inline
styles yes; scripts, classes of our own and drawn SVG no, hence the picture is a file).
HTML blocks hold no blank line, and ``$`` is written as an entity: the Markdown reader
would end the block at the one and set mathematics at the other.
"""

from __future__ import annotations

from html import escape
from urllib.parse import quote

ACCENT, ON_ACCENT = "#0b6e99", "#ffffff"
HAIRLINE = "1px solid rgba(125, 135, 145, 0.35)"
QUIET = "opacity: 0.78"
FIGURES = "font-variant: tabular-nums"


def heading(words: str, *, first: bool = False) -> str:
    """Return a heading of one part of the page."""
    return (
        f'<h2 style="font-size: 18px; font-weight: 600; '
        f'margin: {0 if first else 28}px 0 10px 0">{text(words)}</h2>'
    )


def card(inner: str) -> str:
    """Return a framed block; the accent line says that it comes first."""
    return (
        f'<div style="border: {HAIRLINE}; border-left: 4px solid {ACCENT}; border-radius: 6px; '
        f'padding: 16px 20px">{inner}</div>'
    )


def button(path: str, label: str) -> str:
    """Return the one button of the page."""
    return (
        f'<a href="{quote(path)}" style="display: inline-block; background: {ACCENT}; '
        f"color: {ON_ACCENT}; padding: 8px 18px; border-radius: 4px; font-size: 15px; "
        f'font-weight: 600; text-decoration: none">{text(label)}</a>'
    )


def link(path: str, label: str, *, weight: int = 400) -> str:
    """Return a link to a file of the workspace.

    Its colour is JupyterLab's own: no one colour reads well on white and on the dark theme,
    and an inline style cannot know which of them is on.
    """
    return (
        f'<a href="{quote(path)}" style="font-weight: {weight}; text-decoration: none">'
        f"{text(label)}</a>"
    )


def text(value: object) -> str:
    """Return text that neither HTML, nor Markdown, nor its mathematics reads as a sign."""
    shown = escape(" ".join(str(value).split()))
    for sign in "$\\`*_[]":
        shown = shown.replace(sign, f"&#{ord(sign)};")
    return shown
