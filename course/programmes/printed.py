"""The timetable on paper: one HTML page that a browser prints on A4 without help.

The page carries its letters with it, cut out of installed font packages, and asks no
server. Each day is one table that is not broken across pages where it fits on one.
"""

from __future__ import annotations

from html import escape, unescape
from typing import TYPE_CHECKING

from course.display.palette import ROLES
from course.programmes import clock, known_modules, page_fonts, places, site_files
from course.programmes.parts import OUTSIDE, VISIT, Day, Session

MARK = '<meta name="generator" content="smart-city-course timetable">'  # whose page it is

if TYPE_CHECKING:
    from course.programme import Programme

_INK, _QUIET = ROLES["light"]["ink"], ROLES["light"]["ink-2"]
_LINE, _ACCENT = ROLES["light"]["hairline"], ROLES["light"]["accent"]
_STYLE = f"""
@page {{ size: A4; margin: 16mm 16mm 18mm 16mm;
  @bottom-right {{ content: counter(page) " / " counter(pages); color: {_QUIET};
    font: 9pt {page_fonts.STACK} }} }}
* {{ box-sizing: border-box }}
body {{ margin: 0 auto; max-width: 178mm; color: {_INK}; background: #fff;
  font: 10pt/1.4 {page_fonts.STACK}; overflow-wrap: anywhere }}
h1 {{ font-size: 20pt; line-height: 1.2; font-weight: 600; margin: 0 0 2mm 0 }}
h2 {{ font-size: 13pt; line-height: 1.3; font-weight: 600; margin: 6mm 0 1mm 0;
  break-after: avoid }}
p {{ margin: 0 0 2mm 0 }}
.quiet {{ color: {_QUIET} }}
.facts {{ border-left: 3px solid {_ACCENT}; padding-left: 4mm; margin: 4mm 0 }}
section.day {{ break-inside: avoid }}
table {{ width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }}
caption {{ text-align: left; color: {_QUIET}; padding-bottom: 1mm }}
th {{ text-align: left; font-weight: 600; color: {_QUIET}; font-size: 9pt }}
td .quiet {{ font-size: 9pt; margin-left: 2mm }}
td, th {{ border-bottom: 1px solid {_LINE}; padding: 0.8mm 3mm 0.8mm 0; vertical-align: top }}
tr {{ break-inside: avoid }}
.time {{ width: 27mm; white-space: nowrap }}
.min {{ width: 17mm; text-align: right; white-space: nowrap }}
tr.between td {{ color: {_QUIET} }}
.place {{ break-inside: avoid; margin: 0 0 4mm 0 }}
.write {{ border-bottom: 1px solid {_LINE}; height: 8mm }}
ul {{ margin: 0; padding-left: 5mm }}
@media screen {{ body {{ padding: 8mm 5mm }} }}
@media screen and (max-width: 640px) {{ .time {{ width: 24mm }} td, th {{ padding-right: 2mm }} }}
""".strip()


def page(programme: Programme) -> str:
    """Return the timetable as one HTML page.

    Parameters
    ----------
    programme : Programme
        With or without dates.
    """
    body = "".join(
        (
            f"<h1>{_text(programme.title)}</h1>",
            _facts(programme),
            *(_day(day) for day in programme.days),
            _afterwards(programme),
            _visits(programme),
            _unverified(programme),
        )
    )
    fonts = page_fonts.faces([unescape(body)])
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{MARK}\n<title>{_text(programme.title)}</title>\n<style>{fonts}\n{_STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _facts(programme: Programme) -> str:
    when = "No dates yet"
    if programme.start and programme.end:
        when = f"{clock.day_words(programme.start)} to {clock.day_words(programme.end)}"
    lines = [f"<b>{when}</b>, times of {_text(programme.timezone)}"]
    parts = []
    if programme.on_site_minutes:
        parts.append(f"{clock.duration(programme.on_site_minutes)} on site")
    if programme.online_minutes:
        parts.append(f"{clock.duration(programme.online_minutes)} on line")
    lines.append(", ".join(parts))
    if programme.delegations:
        cities = "; ".join(_city(d) for d in programme.delegations)
        count = len(programme.delegations)
        people = f"{programme.seats} people of {count} {'cities' if count > 1 else 'city'}"
        lines.append(f"{people}: {cities}")
    shown = "".join(f"<p>{line}</p>" for line in lines if line)
    source = f'<p class="quiet">{_text(programme.source)}</p>' if programme.source else ""
    return f'<div class="facts">{shown}{source}</div>'


def _city(delegation: object) -> str:
    name = _text(getattr(delegation, "city", ""))
    country = getattr(delegation, "country", "")
    seats = getattr(delegation, "seats", 1)
    where = f" (<bdi>{_text(country)}</bdi>)" if country else ""
    # a name that runs from right to left must not turn the number and the next name around
    return f"<bdi>{name}</bdi>{where} {seats}"


def _day(day: Day) -> str:
    heading = day.theme
    if day.date is not None and day.lasts_days == 1:
        heading = f"{clock.day_words(day.date)}: {day.theme}"
    elif day.date is not None and day.until is not None:
        heading = f"{clock.day_words(day.date)} to {clock.day_words(day.until)}: {day.theme}"
    elif day.number > 0 and day.lasts_days == 1:
        heading = f"Day {day.number}: {day.theme}"
    elif day.number > 0:
        heading = f"Week {(day.number + 6) // 7}: {day.theme}"
    rows = "".join(_row(session) for session in day.sessions)
    how = "on line, when it suits you" if day.online else "breaks, lunch and travel included"
    first = "" if day.online else '<th class="time" scope="col">Time</th>'
    return (
        f'<section class="day"><h2>{_text(heading)}</h2><table>'
        f"<caption>{clock.duration(day.sum_min)}, {how}</caption>"
        f'<thead><tr>{first}<th scope="col">Session</th>'
        f'<th class="min" scope="col">Minutes</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></section>"
    )


def _row(session: Session) -> str:
    time = ""
    if session.start_min is not None and session.end_min is not None:
        span = f"{clock.clock(session.start_min)} to {clock.clock(session.end_min)}"
        time = f'<td class="time">{span}</td>'
    extra = [session.room, session.note, _unready(session)]
    note = "".join(f' <bdi class="quiet">{_text(part)}</bdi>' for part in extra if part)
    kind = ' class="between"' if session.kind in OUTSIDE else ""
    return (
        f"<tr{kind}>{time}<td><bdi>{_text(session.title)}</bdi>{note}</td>"
        f'<td class="min">{session.minutes}</td></tr>'
    )


def _unready(session: Session) -> str:
    if session.part is None:
        return ""
    spec = known_modules.specs().get(session.module or "")
    return "" if spec is not None and spec.status == "ready" else "in preparation"


def _afterwards(programme: Programme) -> str:
    if not programme.afterwards:
        return ""
    known = known_modules.specs()
    names = "; ".join(_text(known_modules.title_of(m, known)) for m in programme.afterwards)
    return f"<h2>Offered afterwards</h2><p>{names}</p>"


def _visits(programme: Programme) -> str:
    known = site_files.read_sites()
    blocks = []
    for day in programme.days:
        for session in day.sessions:
            place = known.get(session.site or "")
            if session.kind != VISIT or place is None:
                continue
            asked = place.asks(session.module)
            when = "" if day.date is None else f"{clock.day_words(day.date)}, "
            if session.start_min is not None:
                when += clock.clock(session.start_min)
            stations = ", ".join(f"{s.name} (line {s.line})" for s in place.stations[:2])
            lines = [f"<b>{_text(place.title)}</b>", f'<span class="quiet">{when}</span>']
            if stations:
                lines.append(f"Station: {_text(stations)}")
            lines.append(f"Open: {_text(_open(place, day))}")
            if place.place_note:
                lines.append(_text(place.place_note))
            lines.append(_text(place.look_for))
            questions = "".join(
                f'<p>{number}. {_text(question)}</p><div class="write"></div>'
                for number, question in ((1, asked.q1), (2, asked.q2))
            )
            blocks.append(f'<div class="place"><p>{"<br>".join(lines)}</p>{questions}</div>')
    return f"<h2>The visits: what to look for</h2>{''.join(blocks)}" if blocks else ""


def _open(place: places.Site, day: Day) -> str:
    rules = place.rules_on(day.date)
    if day.date is not None:
        rules = tuple(r for r in rules if r.holds_on(day.date) and day.date.weekday() in r.days)
    if not place.opening:
        return "open ground"
    return "; ".join(places.in_words(rule) for rule in rules) or "closed on this day"


def _unverified(programme: Programme) -> str:
    if not programme.unverified:
        return ""
    rows = "".join(f"<li>{_text(line)}</li>" for line in programme.unverified)
    return f"<h2>To be confirmed</h2><ul>{rows}</ul>"


def _text(value: object) -> str:
    return escape(str(value))
