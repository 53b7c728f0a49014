"""The tables to take away, and who has completed a programme."""

from __future__ import annotations

from typing import Any

_SHORT = {"met": "yes", "missing": "not yet", "waiting": "not known yet"}


def export(
    modules: list[tuple[str, str]], programmes: list[tuple[Any, Any]], problem: str
) -> dict[str, Any]:
    """Return what the page shows.

    Parameters
    ----------
    modules : list of (id, title)
        Those with scores.
    programmes : list of (Programme, DataFrame)
        Each with the standing of its people.
    problem : str
        A sentence where a programme cannot be read.
    """
    return {
        "title": "Export",
        "here": "export",
        "modules": [{"id": i, "title": t} for i, t in modules],
        "programmes": [_programme(p, frame) for p, frame in programmes],
        "problem": problem,
    }


def _programme(programme: Any, frame: Any) -> dict[str, Any]:
    every = frame.attrs["completions"]
    titles = {r.id: r.title for made in every.values() for r in made.requirements}
    done = int(frame["complete"].sum()) if len(frame) else 0
    rows = []
    for record in frame.to_dict("records"):
        by_id = {r.id: r for r in every[record["student_id"]].requirements}
        rows.append({
            "student": record["student_id"], "name": record["name"] or record["student_id"],
            "cells": [_SHORT.get(by_id[i].status, "") if i in by_id else "" for i in titles],
            "all": "complete" if record["complete"] else "",
        })  # fmt: skip
    return {
        "id": programme.id, "title": programme.title, "heads": list(titles.values()),
        "rows": rows, "sentence": f"{done} of {len(frame)} have everything."
        if rows else f"Nobody takes part in {programme.title} yet.",
    }  # fmt: skip
