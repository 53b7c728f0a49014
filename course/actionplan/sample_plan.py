"""A plan that was invented for the lesson: complete, small, and plainly no city's own."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from course.actionplan.model import ActionPlan, CooperationNote
from course.actionplan.rules import months_after

if TYPE_CHECKING:
    from course.city.pack import City

INVENTED = "invented for this course"


def sample(city: City | None = None, *, date: dt.date | None = None) -> ActionPlan:
    """Return the sample plan: one ticket for two rides.

    Parameters
    ----------
    city : City, optional
        Gives name, currency and two pilot zones. Every number is invented all the same.
    date : date, optional
        The date of the plan; today when left out.

    Returns
    -------
    ActionPlan
        Valid for every programme.
    """
    return ActionPlan.model_validate(sample_data(city, date=date))


def sample_data(city: City | None = None, *, date: dt.date | None = None) -> dict[str, Any]:
    """Return the sample plan as JSON values; parameters as `sample`."""
    day = date or dt.date.today()

    def after(days: int) -> str:
        return (day + dt.timedelta(days=days)).isoformat()

    zones = [] if city is None else [str(z) for z in city.zones["zone_id"].head(2)]
    people = None
    if city is not None:
        people = round(float(city.zones["population"].head(2).sum()))
    return {
        "kind": "action_plan", "schema_version": 1,
        "title": "One ticket for two rides (invented example)",
        "city": city.title if city is not None else "Sample City",
        "date": day.isoformat(),
        "team": [
            {"name": "First Sample", "post": "transport officer", "unit": "transport office",
             "part": "problem, activities and risks", "signs": True},
            {"name": "Second Sample", "post": "data officer", "unit": "data office",
             "part": "money, data and follow-up", "signs": False},
        ],
        "problem": {"text": "Who changes once pays two full fares. Workers of the outer market "
                    "pay twice each morning, and half of them ride with one bag and two tickets.",
                    "value": 34.0, "unit": "% of riders with a change", "year": day.year - 1,
                    "source": f"counts at two stops ({INVENTED})"},
        "root_causes": ["Two operators sell two tickets", "No shared card number",
                        "Nobody may pay one operator for the other's riders"],
        "policy_context": {"instrument": "fare ordinance", "legal_basis": "article 12 (invented)",
                           "maturity": 2},
        "seoul_practice": {"practice": "One fare over bus and subway since 2004, tap in and out",
                           "what_must_differ": "Our drivers own their vehicles: a shared fare "
                           "needs a fund that pays them each evening, which Seoul did not need.",
                           "source_year": 2004},
        "objective": {"indicator": "riders with a change who pay one fare", "unit": "%",
                      "baseline": 0.0, "target": 30.0, "date": months_after(day, 18).isoformat(),
                      "source": "transport office, card record, each month"},
        "equity": {"group": "income group 1", "indicator": "monthly cost of the way to work, % of "
                   "income", "before": 14.0, "after": 11.0},
        "citizens": {"channel": "desk at the market and a telephone line",
                     "rule": "each request has an answer with a name on it", "reply_days": 14,
                     "offline_share_pct": 40.0},
        "activities": [
            {"task": "Sign the memo between both operators", "owner": "head of transport",
             "start": after(5), "end": after(30), "cost": 0.0},
            {"task": "Agree on one card number", "owner": "data office", "start": after(31),
             "end": after(90), "cost": 50_000.0},
            {"task": "Equip two lines", "owner": "both operators", "start": after(91),
             "end": after(200), "cost": 600_000.0},
            {"task": "Train drivers and counter staff", "owner": "staff office",
             "start": after(150), "end": after(210), "cost": 80_000.0},
            {"task": "Run the pilot and count", "owner": "transport office", "start": after(211),
             "end": after(365), "cost": 300_000.0},
        ],
        "phases": [
            {"project": "Shared card number", "start": 1, "months": 3, "needs": [],
             "stop_rule": "under 90 % of cards match after 3 months"},
            {"project": "Two lines", "start": 4, "months": 8, "needs": ["Shared card number"],
             "stop_rule": "fewer than 5 % of riders use it after 6 months"},
        ],
        "pilot": {"zones": zones, "people": people, "months": 12, "contingency_pct": 10.0},
        "pilot_service": {"area": "two outer markets", "routes": ["N1", "N2"], "fleet": 6,
                          "coverage_pct": 22.0},
        "fare_policy": {"policy": {"base": 1.0, "window_min": 60, "max_transfers": 1},
                        "revenue_pct": -3.0, "losers_pct": 8.0},
        "integration": {"systems": ["card clearing", "bus management"],
                        "shared_key": "card number", "match_pct": 78.0,
                        "signer": "head of the transport office"},
        "technology": {"use": "forecast of riders by hour", "baseline": 18.0, "target": 12.0,
                       "stop_rule": "stop when its error is over 16 % for 4 weeks",
                       "human_review": "the dispatcher decides, and notes why"},
        "operations_kpi": [{"kpi": "excess wait", "target": 1.5, "unit": "min",
                            "where": "all stops of both lines"}],
        "finance": {"currency": city.currency if city is not None else "XXX", "capex": 650_000.0,
                    "opex_per_year": 200_000.0, "years": 3,
                    "sources": [{"name": "city budget", "item": "both", "share_pct": 60.0},
                                {"name": "grant, not signed yet", "item": "capex",
                                 "share_pct": 40.0}],
                    "npv": 120_000.0,
                    "bad_case": "with half of the riders the city pays 80,000 a year more"},
        "data_readiness": [
            {"frame": "rides", "origin": "synthetic", "owner": "card office", "fix_by": after(90)},
            {"frame": "zones", "origin": "facts", "owner": "statistics office",
             "fix_by": after(60)},
            {"frame": "passages", "origin": "missing", "owner": "bus operator",
             "fix_by": after(120)},
        ],
        "data_sharing": [{"dataset": "boardings by stop and hour", "level": "stop and hour",
                          "persons": True, "k": 10, "delay_days": 7, "licence": "CC BY 4.0",
                          "owner": "data office"}],
        "security": [
            {"asset": "card server", "band": "high", "measure": "a copy each night, kept apart",
             "owner": "data office"},
            {"asset": "driver telephones", "band": "medium", "measure": "one user each, a code",
             "owner": "operators"},
        ],
        "legal_privacy": "Card numbers are personal data: they are replaced by a code on the day "
                         "of the ride, and counts under 10 are not published.",
        "stakeholders": [
            {"name": "drivers' association", "interest": 5, "power": 4,
             "action": "paid each evening; a seat in the pilot group"},
            {"name": "mayor's office", "interest": 3, "power": 5, "action": "signs on day 30"},
            {"name": "market workers", "interest": 5, "power": 1, "action": "desk at the market"},
            {"name": "card company", "interest": 4, "power": 3, "action": "contract in writing"},
        ],
        "risks": [
            {"text": "Operators do not agree on who is paid", "p": 4, "i": 4,
             "answer": "a fund pays both for the first year"},
            {"text": "The grant is not signed", "p": 3, "i": 4,
             "answer": "start with one line from the city budget"},
            {"text": "Machines fail in the rain", "p": 2, "i": 3, "answer": ""},
        ],
        "milestones": {"d30": "memo with two signatures, in the city's file",
                       "d90": "list of card numbers that match, 90 %",
                       "d180": "staff list of the training, signed",
                       "d365": "count of riders with one fare, on the city's page"},
        "help_wanted": [{"from_whom": "SUSA", "what": "a sample list of codes of the clearing file",
                         "by_when": after(60), "money": False}],
    }  # fmt: skip


def sample_note(city: City | None = None, *, date: dt.date | None = None) -> CooperationNote:
    """Return an invented cooperation note; parameters as `sample`."""
    whole = sample_data(city, date=date)
    shared = ("schema_version", "city", "date", "team", "problem", "objective", "integration",
              "data_sharing", "help_wanted", "milestones")  # fmt: skip
    return CooperationNote.model_validate(
        {name: whole[name] for name in shared}
        | {
            "kind": "cooperation_note",
            "title": "A shared code list (invented example)",
            "partner": "Sample Partner",
            "offers": [
                {"who": whole["city"], "what": "records of two lines, with codes",
                 "to": "Sample Partner"},
                {"who": "Sample Partner", "what": "its list of codes, and two days of a trainer",
                 "to": whole["city"]},
            ],
            "first_step": {"what": "one call on the code list", "owner": "data office",
                           "by_when": whole["help_wanted"][0]["by_when"]},
            "contact": {"name": "First Sample", "office": "transport office",
                        "reach": "office telephone"},
        }
    )  # fmt: skip
