"""A year of follow-up for tests: eleven cities, invented people, every kind of ending."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from course.followup import plan_facts
from grading.followup.adding import add
from grading.followup.reminding import remind
from grading.followup.starting import CohortSpec, HandedIn, Person, Place, start
from grading.followup.store import Store

CLOSING = date(2026, 3, 27)
COHORT = CohortSpec("wego_week", CLOSING, "WeGO week", "Asia/Seoul", simulated=True)


@dataclass(frozen=True)
class Story:
    """One invented city: where it lies and what it reports; None is silence."""

    city: str
    country: str
    lat: float
    lon: float
    zone: str
    title: str
    statuses: tuple[str | None, ...]
    kpi: tuple[float | None, float | None] = (None, None)
    consent: bool = True
    lesson: str = ""
    parts: tuple[str, ...] = ("citizens", "fare_policy")


# Places of the map are test values; the cities are invented but for the three packs.
STORIES = (
    Story("Seoul", "KR", 37.5665, 126.978, "Asia/Seoul", "Night buses by request",
          ("1", "2", "3", "4"), (8, 14), lesson="Ask the drivers first. They know the stops.",
          parts=("pilot_service",)),
    Story("Mashhad", "IR", 36.2972, 59.6067, "Asia/Tehran", "One fare for metro and bus",
          ("1", "1", "2", "3"), (2, 9), lesson="Begin with one line, and count before and after."),
    Story("Iloilo", "PH", 10.6969, 122.5644, "Asia/Manila", "One ticket for two jeepney rides",
          ("1", "2", "2", "3"), (4, 8), lesson="The codebook took longer than the cards."),
    Story("Norvale", "XA", 59.1, 18.2, "Europe/Stockholm", "A vote on ten bus shelters",
          ("2", "3", "4", "4"), (10, 12), lesson="Print the ballots. Half of them came on paper.",
          parts=("citizens",)),
    Story("Testovia", "XB", 48.3, 21.4, "Europe/Bratislava", "Open counts of tram boardings",
          ("1", "1", None, None), parts=("data_sharing",)),
    Story("Porto Exemplo", "XC", -12.9, -38.4, "America/Bahia", "Bus gate on the harbour road",
          ("0", "1", "X", None), consent=False, parts=("operations_kpi",)),
    Story("Sampleton", "XD", -33.8, 151.1, "Australia/Sydney", "Fewer false alarms at night",
          ("1", "2", "3", "3"), (5, 11), lesson="One office must own the list.",
          parts=("technology",)),
    Story("Kisiwa", "XE", -6.2, 39.2, "Africa/Dar_es_Salaam", "A desk for market requests",
          ("0", "0", "1", "2"), (None, 3), parts=("citizens", "phases")),
    Story("Beyazova", "XF", 39.9, 32.8, "Europe/Istanbul", "Transfers within an hour",
          ("1", None, None, None), parts=("fare_policy",)),
    Story("Ciudad Muestra", "XG", 19.4, -99.1, "America/Mexico_City", "Safe ways to ten schools",
          ("1", "2", "3", "4"), (9, 16), lesson="The parents drew the map. We only checked it.",
          parts=("citizens", "data_sharing")),
    Story("Gangvik", "XH", 60.4, 5.3, "Europe/Oslo", "Ferry and bus on one screen",
          ("1", "2", "3", None), (6, None), consent=False, parts=("operations_kpi",)),
)  # fmt: skip
STEPS = (30, 90, 180, 365)


def plan_of(story: Story) -> dict[str, Any]:
    """Return a plan as the follow-up reads it."""
    day = CLOSING + timedelta(days=20)
    return {
        "kind": "action_plan", "title": story.title, "city": story.city,
        "objective": {"indicator": "share of trips", "unit": "%", "baseline": 0, "target": 12},
        "activities": [
            {"task": f"{task} in {story.city}", "owner": "Test office", "cost": 10,
             "start": day.isoformat(), "end": (day + timedelta(days=60)).isoformat()}
            for task in ("Sign the memo", "Run the pilot", "Publish the counts")
        ],
        "milestones": {"d30": "memo signed", "d90": "budget line", "d180": "pilot runs",
                       "d365": "public result"},
        "data_readiness": [{"frame": "rides", "origin": "synthetic"},
                           {"frame": "requests", "origin": "synthetic"},
                           {"frame": "stops", "origin": "real"}],
        **{part: {"filled": True} for part in story.parts},
    }  # fmt: skip


def student(story: Story) -> str:
    """Return the id of the story's only participant."""
    return f"t-{story.city.lower().replace(' ', '-')}"


def handed_in(story: Story) -> HandedIn:
    """Return the plan as it was handed in."""
    content = json.dumps(plan_of(story), ensure_ascii=False).encode()
    return HandedIn(plan_facts.of_plan(plan_of(story)), content)


def register(store: Store, stories: tuple[Story, ...] = STORIES) -> None:
    """Register the cohort on its closing day."""
    people = [
        Person(student(s), f"Test {s.city}", f"{student(s)}@city.example", s.city) for s in stories
    ]
    start(
        store, COHORT, people, {student(s): handed_in(s) for s in stories}, on=CLOSING,
        places={s.city: Place(s.country, s.lat, s.lon, s.zone) for s in stories},
    )  # fmt: skip


def report_of(story: Story, day: int) -> dict[str, Any] | None:
    """Return what a city reports at one step; None where it is silent."""
    step = STEPS.index(day)
    status = story.statuses[step]
    if status is None:
        return None
    due = CLOSING + timedelta(days=day)
    said: dict[str, Any] = {
        "programme": "wego_week", "student": student(story), "day": day, "status": status,
        "obstacle": ("law", "money", "data", "none")[step], "consent": story.consent,
    }  # fmt: skip
    if status == "X":
        said["obstacle_text"] = "The road belongs to the port, and the port said no."
    elif status != "0":
        late = 10 if story.city in ("Kisiwa", "Mashhad") else -3
        said["milestone_on"] = (due + timedelta(days=late)).isoformat()
        said["proofs"] = [f"https://{student(story)}.example/day-{day}"]
    if day == 90:
        said["tables"] = [{"frame": "rides", "closed": status >= "2"}]
    if day >= 180 and (value := story.kpi[day == 365]) is not None:
        said |= {"kpi_value": value, "kpi_on": due.isoformat(), "kpi_source": "city counts"}
    if day == 365:
        said["lesson"] = story.lesson
    return said


def walk(store: Store, folder: Path, *, until: int = 420, stories: tuple[Story, ...] = STORIES):
    """Walk through the year: reports come 12 days after each step, reminders every week.

    Weeks in which no step can ask for a mail are left out: three are written in the six weeks
    around its day.
    """
    register(store, stories)
    for after in range(25, until + 1, 7):
        if not any(day - 7 <= after <= day + 35 for day in STEPS):
            continue
        today = CLOSING + timedelta(days=after)
        for day in STEPS:
            if day + 12 <= after < day + 19:
                for story in stories:
                    said = report_of(story, day)
                    if said is not None:
                        path = folder / f"{student(story)}-{day}.json"
                        path.write_text(json.dumps(said), encoding="utf-8")
                        add(store, path, on=today)
        remind(store, folder / "mail", on=today)
    return CLOSING + timedelta(days=until)
