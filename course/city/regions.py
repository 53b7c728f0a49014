"""Country, currency, weekend and languages that follow from a time zone (Unicode CLDR)."""

from __future__ import annotations

from course.city.calendar import WEEKDAYS

UNKNOWN_CURRENCY = "XXX"  # ISO 4217: no currency


def country_of(timezone: str) -> str:
    """Return the ISO 3166 code of a time zone's country, empty where it has none.

    Examples
    --------
    >>> country_of("Asia/Seoul"), country_of("US/Pacific"), country_of("Mars/Base")
    ('KR', 'US', '')
    """
    from babel.core import get_global

    name = get_global("zone_aliases").get(timezone, timezone)
    country = get_global("zone_territories").get(name, "")
    return country if len(country) == 2 and country not in ("ZZ", "001") else ""


def is_timezone(name: str) -> bool:
    """Say whether a name is a time zone of the world's list."""
    from babel.core import get_global

    return name in get_global("zone_territories") or name in get_global("zone_aliases")


def currency_of(country: str) -> str:
    """Return the ISO 4217 code a country uses today, ``XXX`` where unknown.

    Examples
    --------
    >>> currency_of("TR"), currency_of("")
    ('TRY', 'XXX')
    """
    from babel.numbers import get_territory_currencies

    found = get_territory_currencies(country) if country else []
    return str(found[0]) if found else UNKNOWN_CURRENCY


def is_currency(code: str) -> bool:
    """Say whether text is the code of a currency."""
    from babel.numbers import list_currencies

    return code in list_currencies()


def decimals_of(currency: str) -> int:
    """Return how many decimals amounts of a currency have (KRW 0, EUR 2)."""
    from babel.numbers import get_currency_precision

    return int(get_currency_precision(currency))


def languages_of(country: str) -> list[str]:
    """Return the official languages of a country, best known first; empty if unknown."""
    from babel.languages import get_official_languages

    return list(get_official_languages(country)) if country else []


def weekend_of(country: str) -> list[str]:
    """Return the weekend of a country as English day names, in the order of the week.

    Examples
    --------
    >>> weekend_of("IR"), weekend_of("KR"), weekend_of("")
    (['friday'], ['saturday', 'sunday'], ['saturday', 'sunday'])
    """
    from babel import Locale, UnknownLocaleError

    for language in languages_of(country):
        try:
            locale = Locale.parse(f"{language}_{country}")
        except (UnknownLocaleError, ValueError):
            continue
        first, last = locale.weekend_start, locale.weekend_end
        return [WEEKDAYS[(first + i) % 7] for i in range((last - first) % 7 + 1)]
    return ["saturday", "sunday"]
