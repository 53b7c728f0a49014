"""Plans that go through the documents: long, hostile, Persian, empty, and a note."""

from __future__ import annotations

import datetime as dt
from typing import Any

from course.actionplan import sample, sample_note
from course.actionplan.sums import data_of
from course.city.pack import City

DAY = dt.date(2026, 11, 27)
EMOJI = "\N{GRINNING FACE}"
_SENTENCE = "Workers of the outer market wait a long time and pay twice each morning "
HOSTILE = f'=HYPERLINK("x") <script>alert(1)</script> \x07\x00\u202eevil\u2066 {EMOJI} ' + "x" * 600
PERSIAN = "یک بلیت برای دو سفر؛ هزینهٔ رفت\u200cوآمد کارگران بازار "
HANGUL_NAME, PERSIAN_NAME, FILIPINO_NAME = "시험 이름", "آزمون نام", "Ñiña Ngo-Test"


def said(most: int) -> str:
    """Return a text of so many signs."""
    return (_SENTENCE * (most // len(_SENTENCE) + 1))[:most].strip()


def long_plan(city: City) -> dict[str, Any]:
    """Return a plan in which every text is as long as the form takes, and more rows than fit."""
    plan = data_of(sample(city, date=DAY))
    plan["title"] = said(80)
    plan["problem"]["text"] = said(400)
    plan["root_causes"] = [said(300)] * 5
    plan["team"] = [
        {"name": HANGUL_NAME, "post": "교통국", "unit": "시험시", "part": "a", "signs": True},
        {"name": PERSIAN_NAME, "post": "کارشناس", "unit": "شهرداری", "part": "b", "signs": False},
        {"name": FILIPINO_NAME, "post": "tagapag-ugnay", "unit": "c", "part": "c", "signs": False},
    ]  # fmt: skip
    plan["activities"] = [
        {"task": f"Activity {i} {said(180)}", "owner": said(200), "start": "2026-12-01",
         "end": f"2027-{i + 1:02d}-20", "cost": 1e12}
        for i in range(10)
    ]  # fmt: skip
    plan["finance"] |= {"capex": 9.9e14, "opex_per_year": 0.0, "sources": [
        {"name": said(200), "item": "both", "share_pct": 20.0} for _ in range(5)]}  # fmt: skip
    plan["seoul_practice"] |= {"practice": said(200), "what_must_differ": said(200)}
    plan["stakeholders"] = [
        {"name": said(200), "interest": 5, "power": 5, "action": said(200)}
    ] * 12  # fmt: skip
    plan["risks"] = [{"text": said(400), "p": 5, "i": 5, "answer": said(400)}] * 12
    plan["help_wanted"] = [
        {"from_whom": said(200), "what": said(200), "by_when": "2027-01-01", "money": False}
    ] * 9
    plan["milestones"] = dict.fromkeys(plan["milestones"], said(200))
    return plan


def hostile_plan(city: City) -> dict[str, Any]:
    """Return a plan with text that tries to break files and pages."""
    plan = data_of(sample(city, date=DAY))
    plan["title"] = plan["city"] = HOSTILE
    plan["problem"] |= {"text": HOSTILE + "x" * 10_000, "unit": HOSTILE}
    plan["team"][0]["name"] = plan["activities"][0]["task"] = HOSTILE
    plan["risks"][0]["text"] = plan["objective"]["indicator"] = HOSTILE
    plan["finance"] |= {"currency": HOSTILE, "capex": 0.0, "opex_per_year": 0.0}
    plan["help_wanted"][0]["what"] = HOSTILE
    return plan


def persian_plan(city: City) -> dict[str, Any]:
    """Return a plan whose own words are Persian."""
    plan = data_of(sample(city, date=DAY))
    plan["title"], plan["city"] = "یک بلیت برای دو سفر در مشهد", "مشهد"
    plan["problem"]["text"] = (PERSIAN * 10)[:400].strip()
    plan["root_causes"] = [PERSIAN.strip()] * 4
    plan["milestones"] = dict.fromkeys(plan["milestones"], PERSIAN.strip())
    plan["legal_privacy"] = (PERSIAN * 8).strip()
    return plan


def long_note(city: City) -> dict[str, Any]:
    """Return a cooperation note with long texts in three scripts."""
    note = data_of(sample_note(city, date=DAY))
    plan = long_plan(city)
    note["partner"] = PERSIAN_NAME
    note["offers"] = [{"who": HANGUL_NAME, "what": said(200), "to": PERSIAN_NAME}] * 9
    note["first_step"]["what"] = said(200)
    note["contact"] = dict.fromkeys(note["contact"], said(200))
    note |= {name: plan[name] for name in ("help_wanted", "milestones", "team")}
    note["problem"]["text"] = said(400)
    return note
