"""What was learned, in three lines, told from the modules done."""

from __future__ import annotations

from collections.abc import Iterable

from grading.certificates.pictures import titles

# Theme -> (line without any module, beginning of the line, module -> phrase)
_THEMES: dict[str, tuple[str, str, dict[str, str]]] = {
    "citizens": (
        "To judge a service by what it changes for citizens, on the own city's data.",
        "Citizens and services",
        {
            "02_citizen_participation": "votes and replies that are fair",
            "10_integrated_fares": "one fare for one trip",
            "06_night_bus": "routes from night demand",
            "11_access_for_all": "who can reach what",
            "09_transport_operations": "operations that can be seen and measured",
        },
    ),
    "data": (
        "To read tables of a city and say what they do not show.",
        "Data and technology",
        {
            "00_orientation": "the own city as data",
            "05_big_data_campus": "safe tables from raw records",
            "08_ai_and_emerging_technology": "models that must beat a simple rule",
            "07_cyber_security": "priorities in security",
        },
    ),
    "plan": (
        "To turn one finding into a plan with owners, costs and a stop rule.",
        "Plan and money",
        {
            "13_action_plan": "an action plan with owners, costs and a stop rule",
            "01_smart_city_policy": "indicators",
            "03_master_plan": "the order of projects",
            "04_financing": "cost, benefit and risk",
            "12_mayors_room": "one screen for many departments",
        },
    ),
}
MOST = 3  # phrases of one line


def three_lines(modules: Iterable[str]) -> tuple[str, str, str]:
    """Return three lines about the modules done.

    Parameters
    ----------
    modules : iterable of str
        Module ids; one that no line knows is told by its title in the first line that has
        room. None: three general lines.

    Examples
    --------
    >>> three_lines(["10_integrated_fares", "06_night_bus"])[0]
    'Citizens and services: one fare for one trip, routes from night demand.'
    """
    done = list(modules)
    found = {
        theme: [phrase for module, phrase in phrases.items() if module in done][:MOST]
        for theme, (_, _, phrases) in _THEMES.items()
    }
    known = {module for _, _, phrases in _THEMES.values() for module in phrases}
    for _, title in titles([module for module in done if module not in known]):
        shortest = min(found.values(), key=len)
        if len(shortest) < MOST and title:
            shortest.append(title[0].lower() + title[1:])
    lines = [
        f"{begin}: {', '.join(found[theme])}." if found[theme] else general
        for theme, (general, begin, _) in _THEMES.items()
    ]
    return lines[0], lines[1], lines[2]
