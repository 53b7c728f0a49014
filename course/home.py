"""The page a trainee sees first: what to do now, the modules, their city.

The page is Markdown with HTML inside, as far as JupyterLab's sanitizer keeps it (inline
styles yes; scripts, classes of our own and drawn SVG no, hence the picture is a file).
HTML blocks hold no blank line, and ``$`` is written as an entity: the Markdown reader
would end the block at the one and set mathematics at the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote

from course.calling import call
from course.catalogue import DRAFT, READY, Progress
from course.errors import CourseError
from course.identity import GUEST
from course.questions import ModuleSpec

PICTURE = "city.svg"
ACCENT, ON_ACCENT = "#0b6e99", "#ffffff"
HAIRLINE = "1px solid rgba(125, 135, 145, 0.35)"
QUIET = "opacity: 0.78"
FIGURES = "font-variant: tabular-nums"


@dataclass(frozen=True)
class CityCard:
    """What the home page says about a city.

    Parameters
    ----------
    title : str
        Its name.
    frames : tuple of (name, origin, where from)
        The tables it has; origin is real, facts or synthetic.
    problem : str
        A sentence when the pack cannot be read, else "".
    id, fingerprint : str
        Which answers are on this city; "" when the pack cannot be read.
    """

    title: str
    frames: tuple[tuple[str, str, str], ...] = ()
    problem: str = ""
    id: str = ""
    fingerprint: str = ""

    @property
    def origins(self) -> list[tuple[str, str, str]]:
        """Return (tables, origin, where from), tables of one origin in one row."""
        together: dict[tuple[str, str], list[str]] = {}
        for name, origin, source in self.frames:
            together.setdefault((origin, source), []).append(name.replace("_", " "))
        return [(", ".join(names), *key) for key, names in together.items()]

    @property
    def sourced(self) -> int:
        """Return how many tables are real or written from facts: they have a source."""
        return sum(origin in ("real", "facts") for _, origin, _ in self.frames)


def build(folder: Path, *, city: str) -> tuple[str, str]:
    """Return the home page and the city's picture for a workspace.

    Parameters
    ----------
    folder : Path
        The workspace; progress is read from its modules.
    city : str
        Name or path of the city pack.

    Returns
    -------
    tuple of str
        Markdown and SVG. A pack that cannot be read gives a page that says so.
    """
    from course import catalogue, identity

    card, picture = look_at_city(city)
    source = catalogue.source_dir() or folder / "modules"
    rows = []
    for module in catalogue.modules(source):
        own = folder / "modules" / module.path.parent.name
        files = tuple(
            f"modules/{own.name}/{name}"
            for name in ("lesson.ipynb", "exercises.ipynb")
            if (own / name).is_file()
        )
        done = catalogue.progress(module, own, city=card.id, fingerprint=card.fingerprint)
        rows.append((module, done, files))
    return page(rows, card, trainee=identity.who(folder).trainee), picture


def look_at_city(name: str) -> tuple[CityCard, str]:
    """Return the card of a city and its picture; never raises for a pack at fault."""
    from course.city.pack import City
    from course.thumbnail import city_picture

    try:
        city = City.open(name)
        sources = city.sources
        present = sources[(sources["origin"] != "missing") & (sources["rows"].fillna(1) > 0)]
        # a pack built from lines tells the same places twice: as stations and as stops
        present = present[~present["frame"].isin(("stations", "lines"))]
        frames = tuple(
            (str(row.frame), str(row.origin), _where_from(row)) for row in present.itertuples()
        )
        alt = f"Map of the public transport lines of {city.title}"
        picture = city_picture(city.stops, city.patterns, city.routes, title=alt)
        fingerprint = city.fingerprint
    except CourseError as error:
        return CityCard(str(name), problem=str(error)), _blank_picture(name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        # A pack made by hand can be wrong in ways no check foresaw; the course opens all
        # the same, and `city check` is the place for the details.
        told = f"The tables of {name} cannot be read ({type(error).__name__}). "
        remedy = f"Run: {call('course city check')} {name}"
        return CityCard(str(name), problem=told + remedy), _blank_picture(name)
    return CityCard(city.title, frames, id=city.id, fingerprint=fingerprint), picture


def page(
    rows: list[tuple[ModuleSpec, Progress, tuple[str, ...]]],
    card: CityCard,
    *,
    trainee: str = GUEST,
) -> str:
    """Return the Markdown of the home page.

    Parameters
    ----------
    rows : list of (ModuleSpec, Progress, paths)
        All modules in order; paths are the notebooks in the workspace, lesson first.
    card : CityCard
        The city.
    trainee : str
        The name answers are recorded under.
    """
    left = _first_thing(rows) + _modules(rows)
    blocks = (
        f'<div style="display: flex; flex-wrap: wrap; gap: 40px; max-width: 1120px">'
        f'<div style="flex: 1 1 520px; min-width: 0">{left}</div>'
        f'<div style="flex: 0 1 360px; min-width: 280px">{_city(card)}</div>'
        f"</div>"
    )
    return (
        "<!-- This page is written anew by the course; changes to it are lost. -->\n\n"
        f"# A smart city course, on {_text(card.title)}\n\n{_name_line(trainee)}{blocks}\n"
    )


def _name_line(trainee: str) -> str:
    """Return the line that says under which name the answers are recorded."""
    if trainee == GUEST:
        again = call("course lab --name YOUR_ID")
        text = f"You work as guest. Your own numbers come with: <code>{again}</code>"
    else:
        text = f"You work as <b>{_text(trainee)}</b>."
    return f'<div style="font-size: 15px; margin-bottom: 14px">{text}</div>'


def _first_thing(rows: list[tuple[ModuleSpec, Progress, tuple[str, ...]]]) -> str:
    """Return the card with the one thing to do next."""
    for module, done, files in rows:
        if not _is_open(module, files) or not files or done.complete:
            continue
        lesson = not done.begun
        link = files[0] if lesson else files[-1]
        minutes = module.minutes.get("lesson" if lesson else "exercises", 0)
        label = "Open the lesson" if lesson else "Go on with the exercises"
        when = "Start here" if lesson else f"{done.answered} of {done.questions} answered"
        return _card(
            f'<div style="font-size: 13px; {QUIET}">{when}</div>'
            f'<div style="font-size: 24px; font-weight: 600; line-height: 1.25; '
            f'margin: 2px 0 6px 0">{_text(module.title)}</div>'
            f'<div style="font-size: 15px; margin-bottom: 14px">{_text(module.decision)}</div>'
            f"{_button(link, label)}"
            f'<span style="font-size: 13px; margin-left: 14px; {QUIET}; {FIGURES}">'
            f"about {minutes} minutes</span>"
        )
    ready = any(_is_open(module, files) for module, _, files in rows)
    text = (
        "Every question of the open modules has an answer. Read a lesson again, "
        "or try it with another city."
        if ready
        else "No module is open yet. Your city is ready to look at."
    )
    return _card(f'<div style="font-size: 15px">{text}</div>')


def _modules(rows: list[tuple[ModuleSpec, Progress, tuple[str, ...]]]) -> str:
    if not rows:
        return ""
    text = ""
    for title, wanted in (("Modules", True), ("In preparation", False)):
        chosen = [row for row in rows if _is_open(row[0], row[2]) is wanted]
        if chosen:
            lines = "".join(_module_line(*row) for row in chosen)
            text += _heading(title) + f'<div style="border-top: {HAIRLINE}">{lines}</div>'
    return text


def _is_open(module: ModuleSpec, files: tuple[str, ...]) -> bool:
    """Say whether a module can be worked in; a draft can where its author asked for it."""
    return module.status == READY or (module.status == DRAFT and bool(files))


def _module_line(module: ModuleSpec, done: Progress, files: tuple[str, ...]) -> str:
    number = escape(module.id.partition("_")[0])
    ready = _is_open(module, files)
    linked = ready and files
    title = _link(files[0], module.title, weight=600) if linked else _text(module.title)
    if not ready:
        state = ""
    elif not files:
        state = "not delivered yet"
    elif len(files) > 1:
        words = f"{done.answered} of {done.questions} answered" if done.begun else "Exercises"
        state = _link(files[1], words)
    else:
        state = ""
    minutes = sum(module.minutes.values())
    cell = "padding: 7px 0"
    return (
        f'<div style="display: flex; gap: 14px; font-size: 15px; line-height: 1.4; '
        f'border-bottom: {HAIRLINE}{"" if ready else "; opacity: 0.72"}">'
        f'<span style="flex: 0 0 24px; {cell}; {FIGURES}; {QUIET}">{number}</span>'
        f'<span style="flex: 1 1 auto; {cell}">{title}</span>'
        f'<span style="flex: 0 0 62px; text-align: right; {cell}; {FIGURES}">{minutes} min</span>'
        f'<span style="flex: 0 0 128px; {cell}; {FIGURES}">{state}</span>'
        f"</div>"
    )


def _city(card: CityCard) -> str:
    if card.problem:
        return _heading("Your city", first=True) + _card(
            f'<div style="font-size: 15px">{_text(card.problem)}</div>'
        )
    alt = f"Map of the public transport lines of {card.title}"
    picture = (
        f'<img src="{PICTURE}" alt="{_text(alt)}" width="360" '
        f'style="width: 100%; height: auto; border-radius: 6px; display: block">'
    )
    rows = "".join(
        f'<p style="margin: 8px 0 0 0; padding-bottom: 6px; border-bottom: {HAIRLINE}">'
        f"<b>{_text(names)}</b><br>{_text(origin)}{': ' if source else ''}{_text(source)}</p>"
        for names, origin, source in card.origins
    )
    rest = "" if card.sourced == len(card.frames) else "; the others are synthetic and say so"
    quality = (
        f'<p style="font-size: 15px; margin: 10px 0 6px 0; {FIGURES}">'
        f"<b>{card.sourced} of {len(card.frames)} tables come from a source</b>{rest}.</p>"
    )
    return (
        _heading("Your city", first=True)
        + picture
        + quality
        + f'<details style="font-size: 13px; margin-bottom: 6px"><summary>Where the data come '
        f"from</summary>{rows}</details>"
        + '<details style="font-size: 13px"><summary>Use your own city</summary>'
        "<p>In a terminal, in the folder of the course:</p>"
        f"<pre>{call('course city add NAME feed.zip')}\n{call('course lab --city NAME')}</pre>"
        "<p>The feed is the GTFS file of your public transport.</p></details>"
    )


def _where_from(row: object) -> str:
    year = getattr(row, "year", None)
    parts = [str(getattr(row, "method", "") or "")]
    if year is not None and str(year) not in ("<NA>", "nan", "None", "", "0"):
        parts.append(str(year))
    return ", ".join(part for part in parts if part and part not in ("nan", "<NA>"))


def _heading(text: str, *, first: bool = False) -> str:
    return (
        f'<h2 style="font-size: 18px; font-weight: 600; '
        f'margin: {0 if first else 28}px 0 10px 0">{_text(text)}</h2>'
    )


def _card(inner: str) -> str:
    return (
        f'<div style="border: {HAIRLINE}; border-left: 4px solid {ACCENT}; border-radius: 6px; '
        f'padding: 16px 20px">{inner}</div>'
    )


def _button(path: str, label: str) -> str:
    return (
        f'<a href="{quote(path)}" style="display: inline-block; background: {ACCENT}; '
        f"color: {ON_ACCENT}; padding: 8px 18px; border-radius: 4px; font-size: 15px; "
        f'font-weight: 600; text-decoration: none">{_text(label)}</a>'
    )


def _link(path: str, label: str, *, weight: int = 400) -> str:
    return (
        f'<a href="{quote(path)}" style="color: {ACCENT}; font-weight: {weight}; '
        f'text-decoration: none">{_text(label)}</a>'
    )


def _text(value: object) -> str:
    """Return text that neither HTML, nor Markdown, nor its mathematics reads as a sign."""
    text = escape(" ".join(str(value).split()))
    for sign in "$\\`*_[]":
        text = text.replace(sign, f"&#{ord(sign)};")
    return text


def _blank_picture(name: str) -> str:
    import pandas as pd

    from course.thumbnail import city_picture

    empty = pd.DataFrame(columns=["stop_id", "lat", "lon"])
    return city_picture(empty, pd.DataFrame(), pd.DataFrame(), title=f"No map of {name}")
