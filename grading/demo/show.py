"""The front page of the demo's folder: what happened, and where everything lies."""

from __future__ import annotations

from html import escape
from pathlib import Path
from urllib.parse import quote

from course.programmes import page_fonts
from grading.demo.closing import Closing
from grading.demo.following import Year
from grading.demo.training import Training

_STYLE = """
body{font:15px/1.5 STACK;color:var(--ink);background:var(--paper);
margin:0 auto;padding:48px 32px;max-width:1080px}
h1{font-size:36px;line-height:1.15;margin:0 0 6px}h2{font-size:24px;margin:48px 0 12px}
p{max-width:70ch}.quiet{color:var(--ink-2)}a{color:var(--accent)}
.figures{display:flex;flex-wrap:wrap;gap:40px;margin:28px 0 0;padding:0}
.figures div{min-width:110px}.figures b{display:block;font-size:36px;line-height:1.1;
font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:start;vertical-align:top;padding:8px 18px 8px 0;
border-bottom:1px solid var(--hairline);font-variant-numeric:tabular-nums}
th{font-size:13px;color:var(--ink-2);font-weight:600}
.badge{background:var(--badge);color:var(--badge-ink);border-radius:4px;padding:2px 8px;
font-size:13px;font-weight:600}
""".replace("STACK", page_fonts.STACK)


def _colors() -> str:
    """Return the roles of the course's palette as variables, light and dark."""
    from course.display.palette import ROLES

    sets = {
        theme: "".join(f"--{role}:{color};" for role, color in roles.items())
        for theme, roles in ROLES.items()
    }
    dark = f"@media (prefers-color-scheme:dark){{:root{{{sets['dark']}}}}}"
    return f":root{{{sets['light']}}}{dark}"


def write(training: Training, closing: Closing, year: Year) -> Path:
    """Write ``index.html`` into the folder of a demo.

    Parameters
    ----------
    training, closing, year
        What the demo brought.

    Returns
    -------
    Path
        The page. It asks no server.
    """
    programme = training.programme
    body = [
        f"<h1>{escape(programme.title)}</h1>",
        f"<p class=quiet>{programme.start} to {programme.end}, and the year after. "
        "<span class=badge>SIMULATED: nobody here exists</span></p>",
        "<p>A training week from the roster to the last follow-up report, run through the real "
        "grading system. Only the people are simulated. Cities called fictional were invented "
        "and lie in the open sea.</p>",
        _figures(training, closing, year),
        "<h2>Who took part, and what came of it</h2>",
        _people(training, closing),
        "<h2>What each delegation took home</h2>",
        _delegations(training),
        "<h2>The week</h2>",
        _list([
            ("programme/agenda.html", "Agenda, to print"),
            ("programme/agenda.ics", "Agenda for a calendar"),
            ("host/roster.csv", "Roster as it was loaded"),
            ("host/points.csv", "Points of every question"),
            ("check-pages/index.html", "Pages behind the codes on the certificates"),
        ]),
        "<h2>The year after</h2>",
        _list([
            ("follow-up/dashboard.html", f"Dashboard on {year.end}"),
            ("follow-up/follow-up.xlsx", "Everything as an Excel file"),
            ("follow-up/reminders", "Reminders as mail and calendar files; nothing was sent"),
            ("follow-up/reports", "The reports as they came"),
        ]),
    ]  # fmt: skip
    text = "\n".join(body)
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(programme.title)}: a simulated week</title>"
        f"<style>{page_fonts.faces([text])}{_colors()}{_STYLE}</style></head>\n"
        f"<body><main>\n{text}\n</main></body></html>\n"
    )
    path = training.folder / "index.html"
    path.write_text(page, encoding="utf-8")
    return path


def _figures(training: Training, closing: Closing, year: Year) -> str:
    towns = {o.town.id for o in training.officials}
    lessons = [m for m in training.modules if not m.startswith("9")]
    shown = [
        (len(training.officials), "officials"), (len(towns), "cities"),
        (len(lessons), "modules worked"), (len(closing.certificates), "certificates"),
        (len(year.added), "follow-up reports"),
    ]  # fmt: skip
    return (
        '<div class="figures">'
        + "".join(f"<div><b>{n}</b>{escape(words)}</div>" for n, words in shown)
        + "</div>"
    )


def _people(training: Training, closing: Closing) -> str:
    rows = []
    for official in training.officials:
        completion = closing.completions[official.id]
        have = {r.id: r.have for r in completion.requirements}
        if official.id in closing.certificates:
            folder = f"certificates/{official.id}"
            result = (
                f'<a href="{folder}/certificate.pdf">Certificate</a>, '
                f"{escape(closing.verdicts[official.id].answer)}"
            )
        else:
            result = "Missing: " + "; ".join(
                f"{escape(r.title)} ({escape(r.have)})" for r in completion.missing
            )
        rows.append([
            f"<bdi>{escape(official.name)}</bdi><br><span class=quiet>{official.id}</span>",
            f"{escape(official.town.title)}", escape(official.story),
            escape(have.get("attendance", "").partition(" of ")[0]),
            escape(have.get("points", "").partition(" point")[0]),
            escape(have.get("plan_points", "").partition(" of")[0]),
            escape(have.get("post_test", "")), result,
        ])  # fmt: skip
    head = ["Official", "City", "Did", "Presence", "Points", "Plan", "Post-test", "Result"]
    return _table(head, rows)


def _delegations(training: Training) -> str:
    rows = []
    for town in {o.town.id: o.town for o in training.officials}.values():
        folder = training.folder / "delegations" / town.id
        links = [
            _link(f"delegations/{town.id}/{name}", words)
            for name, words in (
                ("our_city.pptx", "City presentation"), ("action_plan.docx", "Plan (Word)"),
                ("action_plan.pptx", "Plan (slides)"),
            )
            if (folder / name).is_file()
        ]  # fmt: skip
        rows.append([escape(town.title), " · ".join(links)])
    return _table(["City", "Files"], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    top = "".join(f'<th scope="col">{escape(h)}</th>' for h in head)
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    return (
        f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _list(entries: list[tuple[str, str]]) -> str:
    return "<ul>" + "".join(f"<li>{_link(path, words)}</li>" for path, words in entries) + "</ul>"


def _link(path: str, words: str) -> str:
    return f'<a href="{quote(path)}">{escape(words)}</a>'
