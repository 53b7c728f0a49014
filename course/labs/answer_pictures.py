"""An answer to a fare question as a picture: zones on a map, groups as bars, years as a band."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course.display import charts, maps
from course.errors import UsageError
from course.labs.fares_words import decimals_for

if TYPE_CHECKING:
    from course.city.pack import City
    from course.display.figure import Figure
    from course.transport.fare_answer import Answer


def _checked(answer: Answer) -> Answer:
    from course.transport.fare_answer import Answer as Kind

    if not isinstance(answer, Kind):
        raise UsageError(
            f"There is no picture of a {type(answer).__name__}.",
            "Give the answer of a fare question, such as fares.transfers(journeys).",
        )
    return answer


def answer_map(answer: Answer, city: City, *, title: str = "") -> Figure:
    """Draw who pays more and less, by zone of departure, with table and sentence.

    Parameters
    ----------
    answer : Answer
        Of a fare question that is counted by zone.
    city : City
        Its zones.
    title : str
        Default that of the answer.

    Raises
    ------
    UsageError
        If the answer has no zones.
    """
    if _checked(answer).zones is None:
        raise UsageError(
            f"The answer {answer.title!r} is not counted by zone.", "Use labs.answer_chart(answer)."
        )
    fare = answer.zones["mean_today"].mean()
    return maps.zones(
        city,
        answer.zones.set_index("zone_id")["mean_change"],
        title=title or answer.title,
        unit=answer.unit,
        measure="Mean change in fare",
        reading=answer.sentence,
        diverging=True,
        less="pays less",
        more="pays more",
        decimals=decimals_for(float(fare)) if fare == fare else 0,
        synthetic=city.badge("rides"),
        table=answer.table,
        sources=" ".join(answer.notes),
    )


def answer_chart(answer: Answer, *, synthetic: str = "") -> Figure:
    """Draw the groups of an answer as bars, or its years as a band.

    Parameters
    ----------
    answer : Answer
        Of a fare question.
    synthetic : str
        Badge, such as ``city.badge("rides")``.
    """
    if _checked(answer).line is not None:
        return charts.band(
            answer.line.set_index("year"),
            title=answer.title,
            unit="%",
            measure="Journeys in percent of today, by year",
            reading=answer.sentence,
            from_zero=False,
            synthetic=synthetic,
            sources=" ".join(answer.notes),
        )
    heading, frame = answer.bars[0]
    unit = answer.extra.get("bar_unit", answer.unit)
    return charts.bars(
        frame.set_index("name")["value"],
        title=answer.title,
        unit=unit,
        measure=heading,
        reading=answer.sentence,
        signed=answer.signed,
        synthetic=synthetic,
        sources=" ".join(answer.notes),
    )
