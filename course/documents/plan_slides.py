"""A plan as slides: ten minutes for an action plan, four slides for a cooperation note.

The order and the minutes are those of the presentation day: city and problem with one map
(2), evidence (2), Seoul practice (1), plan, order and stop rule (2), money and risk (1),
who gains and loses, first 30 days (1), help wanted (1). What finds no room goes on on a
further slide, or ends with the section of the Word file that holds it whole.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.display.numbers import number
from course.documents import note_slides
from course.documents.letters import clean, inside
from course.documents.picture_bars import bars_png
from course.documents.pictures import alt_of
from course.documents.plan_parts import (
    HIGH,
    LEFT_WIDE,
    OPEN,
    RIGHT,
    RIGHT_BOX,
    RIGHT_WIDE,
    WHOLE,
    headed,
    listed,
    problem_figure,
)
from course.documents.plan_time import time_slides
from course.documents.plan_view import NOT_YET, PlanView, alt_text, city_map, view
from course.documents.slide_master import MARGIN
from course.documents.slide_tables import Column
from course.documents.slides import BOTTOM, TOP, Deck, Slide

if TYPE_CHECKING:
    from course.city.pack import City


def write(
    plan: Any,
    out: str | os.PathLike[str],
    *,
    city: City | None = None,
    pictures: Sequence[str | Path] = (),
) -> Path:
    """Write the slides of a plan.

    Parameters
    ----------
    plan : ActionPlan, CooperationNote, Draft or dict
        A draft is marked DRAFT on every slide.
    out : path
        The ``.pptx`` to write; an older one is replaced.
    city : City, optional
        Its map is drawn, with the pilot zones.
    pictures : sequence of path
        The team's own maps and charts; the first is the evidence, the others follow it.

    Returns
    -------
    Path
        The file. Equal input gives equal bytes.

    Raises
    ------
    CourseError
        A picture is missing or cannot be read.
    """
    seen = view(plan, city=city, pictures=pictures)
    deck = Deck(seen.title, author=", ".join(seen.team) or seen.where, foot=seen.foot, day=seen.day)
    cover(deck, seen)
    if seen.kind == "cooperation_note":
        note_slides.add(deck, seen)
        return deck.write(out, about=f"Cooperation note of {seen.where}")
    _problem(deck, seen)
    _evidence(deck, seen)
    _seoul(deck, seen)
    time_slides(deck, seen)
    _money(deck, seen)
    _people(deck, seen)
    _help(deck, seen)
    return deck.write(out, about=f"Action plan of {seen.where}")


def cover(deck: Deck, seen: PlanView) -> None:
    """Add the first slide: title, team, city, day, and the city's map."""
    png = city_map(seen, width_px=1760, height_px=1584, text_pt=11, legend=False)
    what = "Cooperation note" if seen.kind == "cooperation_note" else "Action plan"
    partner = inside(seen.say("partner"))
    when = [f"{what} of {seen.where}" + (f" with {partner}" if partner else "")]
    when += [f"{seen.day.day} {seen.day:%B %Y}"] if seen.day else []
    slide = deck.cover(seen.title, seen.team or ["Team " + NOT_YET], when, png,
                       alt=alt_of(png) if png else "", mark=seen.mark)  # fmt: skip
    team = [", ".join(t for t in row if t) for row in seen.cells("team", ("name", "post", "unit"))]
    slide.notes(*team, *_gap_lines(seen))


def _gap_lines(seen: PlanView) -> list[str]:
    return ["Still missing:", *map(str, seen.gaps[:40])] if seen.draft else []


def _problem(deck: Deck, seen: PlanView) -> None:
    slide = deck.slide(f"The problem in {seen.where or 'the city'}",
                       tag="1 City and problem · 2 min", mark=seen.mark)  # fmt: skip
    problem_figure(slide, seen)
    causes = [clean(c) for c in seen.get("root_causes") or ()]
    said = seen.say("problem.text")
    headed(slide, seen, (MARGIN, TOP + 122, LEFT_WIDE, 138), "Problem", [said], "problem")
    headed(slide, seen, (MARGIN, TOP + 266, LEFT_WIDE, HIGH - 266), "Causes", causes, "root_causes",
           sizes=(15, 13))  # fmt: skip
    png = city_map(seen, width_px=1524, height_px=1122, text_pt=15)
    if png:
        slide.picture(RIGHT_BOX, png, alt_of(png))
    elif seen.pictures:
        slide.picture(RIGHT_BOX, seen.pictures[0], alt_text(seen.pictures[0]))
    slide.notes("Two minutes. Say the number first, then who lives with it.", said, *causes)


def _evidence(deck: Deck, seen: PlanView) -> None:
    slide = deck.slide("What we know, and where it comes from", tag="2 Evidence · 2 min",
                       mark=seen.mark)  # fmt: skip
    rows = [[frame, origin.upper() if origin == "synthetic" else origin, day, owner]
            for frame, origin, day, owner in
            seen.cells("data_readiness", ("frame", "origin", "fix_by", "owner"))]  # fmt: skip
    columns = (Column("Table", 0.24), Column("Origin", 0.26), Column("Ready by", 0.24),
               Column("Owner", 0.26))  # fmt: skip
    slide.text((MARGIN, TOP, LEFT_WIDE, 20), ["The data behind the plan"], sizes=(13,),
               color="ink-2", name="Data, head")  # fmt: skip
    listed(slide, seen, (MARGIN, TOP + 22, LEFT_WIDE, HIGH - 22), columns, rows, "data_readiness",
           sizes=(13,), most_lines=2)  # fmt: skip
    if seen.pictures:
        slide.picture(RIGHT_BOX, seen.pictures[0], alt_text(seen.pictures[0]))
    else:
        _target(slide, seen)
    slide.notes("Two minutes. Say which numbers are real and which are synthetic.",
                *[" · ".join(r) for r in rows])  # fmt: skip
    for path in seen.pictures[1:]:
        more = deck.slide("Evidence: our own picture", tag="2 Evidence, further", mark=seen.mark)
        more.picture((MARGIN, TOP, WHOLE, HIGH - 30), path, alt_text(path))
        more.text((MARGIN, BOTTOM - 22, WHOLE, 19), [alt_text(path)], sizes=(13,), color="ink-2",
                  name="Caption")  # fmt: skip


def _target(slide: Slide, seen: PlanView) -> None:
    """Place the objective as one chart: today and the target."""
    left, top, wide, high = RIGHT_BOX
    before, after = seen.amount("objective.baseline"), seen.amount("objective.target")
    title, day = seen.say("objective.indicator"), seen.say("objective.date")
    headed(slide, seen, (left, top, wide, 92), "Objective", [title], "objective")
    if before is None or after is None:
        return
    later = f"Target, {day}" if day else "Target"
    png = bars_png({"Today": before, later: after}, title, measure=seen.say("objective.unit"),
                   height_px=560, width_px=1200, highlight=(later,), text_pt=15)  # fmt: skip
    slide.picture((left, top + 100, wide, high - 170), png, alt_of(png))
    headed(slide, seen, (left, top + high - 62, wide, 62), "Measured by",
           [seen.say("objective.source")], "objective", sizes=(15, 13))  # fmt: skip


def _seoul(deck: Deck, seen: PlanView) -> None:
    slide = deck.slide("What we take from Seoul, and what must differ",
                       tag="3 Seoul practice · 1 min", mark=seen.mark)  # fmt: skip
    half = (WHOLE - 48) / 2
    year = seen.say("seoul_practice.source_year")
    said = [seen.say(f"seoul_practice.{k}") for k in ("practice", "what_must_differ")]
    heads = ("Practice" + (f", as of {year}" if year else ""), "What must differ with us")
    for i, (head, words) in enumerate(zip(heads, said, strict=True)):
        headed(slide, seen, (MARGIN + i * (half + 48), TOP, half, HIGH), head, [words],
               "seoul_practice", sizes=(24, 18, 15))  # fmt: skip
    slide.notes("One minute.", *said)


def _money(deck: Deck, seen: PlanView) -> None:
    capex, opex = seen.amount("finance.capex"), seen.amount("finance.opex_per_year")
    years = seen.amount("finance.years")
    title = "What it costs, who pays, what may go wrong"
    if capex is not None and opex is not None and years is not None:
        whole = seen.money(capex + opex * years)
        title = f"{whole} over {number(years)} years, and what may go wrong"
    slide = deck.slide(title, tag="5 Money and risk · 1 min", mark=seen.mark)
    half = LEFT_WIDE / 2
    for i, (value, unit) in enumerate(((capex, "to build"), (opex, "to run, each year"))):
        text = number(value) if value is not None else "–"
        slide.figure((MARGIN + i * half, TOP, half - 14, 86.0), text, unit,
                     seen.say("finance.currency") or "no currency yet")  # fmt: skip
    payers = [[name, item, f"{share} %"] for name, item, share in
              seen.cells("finance.sources", ("name", "item", "share_pct"))]  # fmt: skip
    columns = (Column("Who pays", 0.54), Column("For", 0.22), Column("Share", 0.24, number=True))
    listed(slide, seen, (MARGIN, TOP + 98, LEFT_WIDE, HIGH - 98 - 94), columns, payers, "finance",
           most_lines=2)  # fmt: skip
    npv, bad = seen.amount("finance.npv"), seen.say("finance.bad_case")
    said = [f"Net present value: {seen.money(npv)}" if npv is not None else "",
            f"Bad case: {bad}" if bad else ""]  # fmt: skip
    slide.text((MARGIN, BOTTOM - 84, LEFT_WIDE, 84), said, sizes=(15, 13), gap=0.2,
               more=seen.more("finance"), name="Bad case")  # fmt: skip
    risks = sorted(seen.rows("risks"), key=lambda r: -_times(r, "p", "i"))
    cells = [[_times(r, "p", "i") or OPEN, r.get("text"), r.get("answer") or OPEN] for r in risks]
    columns = (Column("Chance × harm", 0.18), Column("Risk", 0.4), Column("Our answer", 0.42))
    listed(slide, seen, RIGHT_BOX, columns, cells, "risks", most_lines=4)
    slide.notes("One minute. Say what the city pays in a bad year.",
                *[" · ".join(str(t or "–") for t in c) for c in [*payers, *cells]])  # fmt: skip


def _times(row: dict[str, Any], first: str, second: str) -> float:
    """Return the product of two steps of a row, 0 where one is missing."""
    pair = [row.get(first), row.get(second)]
    good = all(isinstance(v, int | float) and not isinstance(v, bool) for v in pair)
    return pair[0] * pair[1] if good else 0  # type: ignore[operator]


def _people(deck: Deck, seen: PlanView) -> None:
    slide = deck.slide("Who gains, who loses, and the first 30 days",
                       tag="6 People and first 30 days · 1 min", mark=seen.mark)  # fmt: skip
    before, after = seen.amount("equity.before"), seen.amount("equity.after")
    change = "–"
    if before is not None and after is not None:
        change = f"{number(before)} → {number(after)}"
    slide.figure((MARGIN, TOP, LEFT_WIDE, 118.0), change, seen.say("equity.indicator") or OPEN,
                 f"Group: {seen.say('equity.group') or NOT_YET}")  # fmt: skip
    losers = seen.amount("fare_policy.losers_pct")
    lines = [f"{number(losers)} % of riders pay more." if losers is not None else ""]
    if seen.get("citizens"):
        told = {k: seen.say(f"citizens.{k}") or "–" for k in
                ("channel", "rule", "reply_days", "offline_share_pct")}  # fmt: skip
        lines += [f"Channel: {told['channel']}", f"Rule: {told['rule']}",
                  f"Reply in {told['reply_days']} days; {told['offline_share_pct']} % of voices "
                  "come without the internet"]  # fmt: skip
    headed(slide, seen, (MARGIN, TOP + 128, LEFT_WIDE, HIGH - 128), "Losers and voices", lines,
           "citizens" if seen.get("citizens") else "equity", sizes=(15, 13))  # fmt: skip
    headed(slide, seen, (RIGHT, TOP, RIGHT_WIDE, 118), "Seen on day 30",
           [seen.say("milestones.d30")], "milestones")  # fmt: skip
    rows = sorted(seen.rows("stakeholders"), key=lambda r: -_times(r, "interest", "power"))
    listed(slide, seen, (RIGHT, TOP + 128, RIGHT_WIDE, HIGH - 128),
           (Column("Who decides or is touched", 0.42), Column("What we do", 0.58)),
           [[r.get("name"), r.get("action")] for r in rows], "stakeholders")  # fmt: skip
    slide.notes("One minute. Name the group that could lose and what you do for it.", *lines)


def _help(deck: Deck, seen: PlanView) -> None:
    slide = deck.slide("The help we ask for", tag="7 Help wanted · 1 min", mark=seen.mark)
    columns = (Column("From", 0.26), Column("What", 0.56), Column("By", 0.18))
    listed(slide, seen, (MARGIN, TOP, WHOLE, HIGH - 70), columns,
           seen.cells("help_wanted", ("from_whom", "what", "by_when")), "help_wanted",
           sizes=(18, 15, 13))  # fmt: skip
    signer = [f"{inside(clean(m.get('name')))}, {clean(m.get('post'))}"
              for m in seen.rows("team") if m.get("signs") is True]  # fmt: skip
    if signer:
        headed(slide, seen, (MARGIN, BOTTOM - 56, WHOLE, 56), "Signed by", signer[:1], "team")
    slide.notes(
        "One minute, then five minutes of questions.",
        "One from another city, one from a practitioner, one from the instructor.",
    )
