"""Rebuild the measured tables of the Seoul pack from their source files.

``python datasets/build_seoul.py --source FOLDER`` reads ``seoul_stations.csv`` and
``CARD_SUBWAY_MONTH_202505.csv`` from FOLDER and writes ``stations.csv``, ``lines.csv``,
``station_boardings.csv`` and ``missing.csv``. The fact tables beside them (zones, headways,
fares) are written by hand; their sources stand in each row.

Rules. A station is placed only where the coordinate has an open licence. Its order on the
line follows the operator's station codes. Stations with one coordinate are one stop, as a
rider passes the gates once. Boardings are the mean per day of May 2025.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from tabular import HERE, clean, metres, missing_by_hand, slug, source_folder, write_table

STATIONS = "seoul_stations.csv"
CARDS = "CARD_SUBWAY_MONTH_202505.csv"
CARD_SOURCE = "Seoul Open Data OA-12914, May 2025"

# The source writes the state of 2021. New names: khan.co.kr 2024-10-10; Gwangjin-gu press
# release 2024-02-29. The spelling of the new English names is the romanised Korean.
RENAMED = {"당고개": ("불암산", "Buramsan"), "뚝섬유원지": ("자양", "Jayang")}
# Two names of one interchange (same point in the source; one card name, 총신대입구(이수)).
ONE_PLACE = {"이수": "총신대입구"}
ENGLISH = {
    "Dongdaemun History Culture Park": "Dongdaemun History & Culture Park",
    "Seokchon(Hansol Hospital)": "Seokchon",
    "Chongshin Univ.": "Chongshin Univ. (Isu)",
    "Hyochang park": "Hyochang Park",
    "Miasamgeori": "Miasageori",  # 미아사거리: the source keeps the name of before 2013
}
# Reported alike in several public source files; used for drawing only.
COLOURS = {
    "1": "#0052A4", "2": "#00A84D", "3": "#EF7C1C", "4": "#00A5DE", "5": "#996CAC",
    "6": "#CD7C2F", "7": "#747F00", "8": "#E6186C", "9": "#BDB092",
}  # fmt: skip
# Lines of the card file that the pack does not hold, in English.
OTHER_LINES = {
    "경강선": "Gyeonggang Line", "경부선": "Gyeongbu Line", "경원선": "Gyeongwon Line",
    "경의선": "Gyeongui Line", "경인선": "Gyeongin Line", "경춘선": "Gyeongchun Line",
    "공항철도 1호선": "Airport Railroad", "과천선": "Gwacheon Line", "분당선": "Bundang Line",
    "서해선": "Seohae Line", "수인선": "Suin Line", "신림선": "Sillim Line",
    "안산선": "Ansan Line", "우이신설선": "Ui-Sinseol Line", "일산선": "Ilsan Line",
    "장항선": "Janghang Line", "중앙선": "Jungang Line",
}  # fmt: skip
# Neighbours between which a station is not placed (line, first, second, what lies between).
GAPS = (
    ("5", "오목교", "영등포구청", "Yangpyeong"),
    ("8", "복정", "산성", "Namwirye"),
    ("9", "종합운동장", "석촌", "Samjeon, Seokchon Gobun"),
    ("9", "석촌", "올림픽공원", "Songpanaru, Hanseong Baekje"),
)
MAX_STEP_M = 4_000


def english(name: str) -> str:
    """Return the English name without the reading of the number: Jongno 3-ga."""
    name = re.sub(r"\((il|sam|sa|o)\)", "", clean(name))
    return ENGLISH.get(name, name)


def card_name(name: str) -> str:
    """Return a station name of the card file without its second name in brackets."""
    return re.sub(r"\(.*\)$", "", clean(name)).strip()


def read_stations(path: Path) -> list[dict[str, str]]:
    """Return the rows of the station list with clean, current names and a sort key."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        korean = clean(row["name_ko"])
        row["korean_2021"], row["english_2021"] = korean, english(row["name_en"])
        row["korean"], row["english"] = RENAMED.get(korean, (korean, row["english_2021"]))
        row["line"] = row["line"].removeprefix("Line ")
        row["placed"] = "" if "no licence" in row["source"] or "minseojo" in row["source"] else "1"
    return rows


def read_cards(path: Path) -> tuple[dict[tuple[str, str], list[int]], int]:
    """Return boardings and alightings per day by (card line, station) and the days seen.

    The file names six columns but each row has seven fields: the last one is dropped.
    """
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    days = set()
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        next(reader)
        for date, line, station, boardings, alightings, *_ in reader:
            total = sums[clean(line), clean(station)]
            total[0] += int(boardings)
            total[1] += int(alightings)
            total[2] += 1
            days.add(date)
    return dict(sums), len(days)


def code(row: dict[str, str]) -> float:
    """Return the number that orders a station along its line.

    Codes of four digits (5371, 7151) are three digits and a later addition.
    """
    digits = row["station_code"].lstrip("P")
    if "-" in digits:
        trunk, branch = digits.split("-")
        return int(trunk) + int(branch) / 10
    return int(digits[:3]) + (int(digits[3:]) / 10 if len(digits) > 3 else 0)


@dataclass(frozen=True)
class Line:
    """A line of the pack: its number and its stops, by Korean name, in order.

    ``back`` is empty unless the two directions differ.
    """

    line_id: str
    number: str
    forth: list[str]
    back: list[str] = field(default_factory=list)
    label: str = ""

    @property
    def ways(self) -> list[tuple[int, list[str]]]:
        """The directions that are written down."""
        return [(0, self.forth), (1, self.back)] if self.back else [(0, self.forth)]


def read_lines(placed: list[dict[str, str]]) -> list[Line]:
    """Return the lines with their branches, ordered by station code."""

    def names(number: str, pattern: str) -> list[str]:
        own = [
            row
            for row in placed
            if row["line"] == number and re.fullmatch(pattern, row["station_code"])
        ]
        return [row["korean_2021"] for row in sorted(own, key=code)]

    lines = [Line(f"L{n}", n, names(n, r"\d+")) for n in "1345789"]
    lines.append(Line("L5-macheon", "5", ["강동", *names("5", r"P\d+")], label=" Macheon branch"))
    # Line 2 is a ring (201 to 243 and back to 201) with two branches off it.
    ring = names("2", r"\d+")
    lines.append(Line("L2", "2", [*ring, ring[0]]))
    seongsu, sinjeong = names("2", r"211-\d"), names("2", r"234-\d")
    lines.append(Line("L2-seongsu", "2", ["성수", *seongsu], label=" Seongsu branch"))
    lines.append(Line("L2-sinjeong", "2", ["신도림", *sinjeong], label=" Sinjeong branch"))
    # Line 6 ends in a loop run one way only: Eungam, Yeokchon ... Gusan, Eungam.
    loop, rest = names("6", r"61[0-5]"), names("6", r"61[6-9]|6[2-4]\d")
    lines.append(Line("L6", "6", [*reversed(rest), *loop, loop[0]], [loop[0], *rest]))
    return sorted(lines, key=lambda line: line.line_id)


def check_steps(lines: list[Line], placed: list[dict[str, str]]) -> None:
    """Stop if two neighbours on a line lie nearer or further apart than any real step."""
    where = {row["korean_2021"]: (float(row["lat"]), float(row["lon"])) for row in placed}
    for line in lines:
        for _, way in line.ways:
            for a, b in pairwise(way):
                step = metres(where[a], where[b])
                if not 200 <= step <= MAX_STEP_M:
                    raise ValueError(f"{line.line_id}: {a} to {b} is {step:.0f} m")


def make_stations(placed: list[dict[str, str]]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the rows of stations by stop_id, and the stop_id of each Korean name of 2021."""
    stations: dict[str, list[str]] = {}
    stop_of: dict[str, str] = {}
    for row in placed:
        korean = ONE_PLACE.get(row["korean_2021"], row["korean_2021"])
        main = next(other for other in placed if other["korean_2021"] == korean)
        stop_id = slug(main["english"])
        former = "" if main["korean"] == korean else f"{main['english_2021']} {korean}"
        known = stations.setdefault(
            stop_id,
            [stop_id, main["english"], main["korean"], main["lat"], main["lon"], former, ""],
        )
        if known[3:5] != [row["lat"], row["lon"]]:
            raise ValueError(f"two places are called {stop_id}")
        known[6] = " ".join(dict.fromkeys([*known[6].split(), row["station_code"]]))
        stop_of[row["korean_2021"]] = stop_id
    return stations, stop_of


def line_rows(lines: list[Line], stop_of: dict[str, str]) -> list[tuple[object, ...]]:
    """Return the rows of lines."""
    return [
        (
            line.line_id,
            "subway",
            f"Line {line.number}{line.label}",
            f"{line.number}호선",
            COLOURS[line.number],
            sequence,
            stop_of[korean],
            direction if line.back else None,
            0 if line.back else 1,
        )
        for line in lines
        for direction, way in line.ways
        for sequence, korean in enumerate(way, start=1)
    ]


def match_cards(
    placed: list[dict[str, str]], cards: dict[tuple[str, str], list[int]]
) -> tuple[list[tuple[dict, tuple[str, str]]], list[dict], dict[tuple[str, str], list[int]]]:
    """Return pairs of placed row and card key, rows without one, and what is left over."""
    left = {key: total for key, total in cards.items() if key[0][0].isdigit()}
    pairs, unmatched = [], []
    for row in placed:
        fits = [key for key in left if is_same(row, key)]
        if fits:
            pairs.append((row, fits[0]))
            del left[fits[0]]
        else:
            unmatched.append(row)
    return pairs, unmatched, left


def is_same(row: dict[str, str], key: tuple[str, str]) -> bool:
    """Say whether a station on a line and a (line, station) of the card file are the same."""
    return key[0][0] == row["line"] and card_name(key[1]) in (row["korean"], row["korean_2021"])


def boarding_rows(
    pairs: list[tuple[dict, tuple[str, str]]],
    cards: dict[tuple[str, str], list[int]],
    lines: list[Line],
    stop_of: dict[str, str],
) -> list[tuple[object, ...]]:
    """Return the rows of station_boardings; a junction counts for the main line."""
    rows = []
    for row, key in pairs:
        on = [line.line_id for line in lines
              if line.number == row["line"] and row["korean_2021"] in line.forth]  # fmt: skip
        boardings, alightings, days = cards[key]
        rows.append(
            (stop_of[row["korean_2021"]], min(on, key=len), *key, round(boardings / days),
             round(alightings / days), days, 2025, CARD_SOURCE)
        )  # fmt: skip
    return sorted(rows)


def missing_rows(
    rows: list[dict[str, str]],
    cards: dict[tuple[str, str], list[int]],
    left: dict[tuple[str, str], list[int]],
    unmatched: list[dict[str, str]],
    stop_of: dict[str, str],
) -> list[tuple[object, ...]]:
    """Return what the pack does not hold, why, and who could supply it."""
    operator = "Seoul Metro or the city (station coordinates under an open licence)"
    in_file = "in the card file of May 2025; "
    waiting = dict(left)
    missing: list[tuple[object, ...]] = []
    for row in sorted((r for r in rows if not r["placed"]), key=lambda r: (r["line"], code(r))):
        fits = [key for key in waiting if is_same(row, key)]
        known = waiting.pop(fits[0]) if fits else None
        why = (
            f"name and order known (code {row['station_code']}); the only coordinate found "
            "comes from a repository without licence"
        )
        missing.append(("station", "stations", f"Line {row['line']}", row["english"],
                        row["korean"], known and per_day(known), why, operator))  # fmt: skip
    for (line, station), total in sorted(waiting.items()):
        kind, frame, why = "station", "stations", "no coordinate with an open licence found"
        if card_name(station) in stop_of:
            kind, frame = "line stop", "lines"
            why = "placed on another line; its order on this line is in no source seen"
        missing.append((kind, frame, f"Line {line[0]}", "", station, per_day(total),
                        in_file + why, operator))  # fmt: skip
    for line, name in OTHER_LINES.items():
        own = [total for key, total in cards.items() if key[0] == line]
        if not own:
            raise ValueError(f"{line} is not in the card file")
        why = in_file + "no coordinates with an open licence found"
        missing.append(("line", "lines", name, f"{len(own)} stations", line,
                        round(sum(t[0] / t[2] for t in own)), why, "its operator"))  # fmt: skip
    for row in unmatched:
        why = "no row for this line and station in the card file"
        missing.append(("figure", "station_boardings", f"Line {row['line']}", row["english"],
                        row["korean"], None, why, "Seoul Open Data (OA-12914)"))  # fmt: skip
    for line, first, second, between in GAPS:
        why = (
            f"the line runs from {stop_of[first]} to {stop_of[second]} without the station between"
        )
        missing.append(("gap", "lines", f"Line {line}", between, "", None, why, operator))
    for what, frame, line, name, local, reason, who in missing_by_hand("seoul"):
        missing.append((what, frame, line, name, local, None, reason, who))
    return missing


def per_day(total: list[int]) -> int:
    """Return mean boardings per day of a (boardings, alightings, days)."""
    return round(total[0] / total[2])


def main() -> None:
    """Write the four tables and say how well the card file matched."""
    source, out = source_folder(__doc__.splitlines()[0])
    out = out or HERE / "seoul"
    rows = read_stations(source / STATIONS)
    placed = [row for row in rows if row["placed"]]
    cards, days = read_cards(source / CARDS)
    lines = read_lines(placed)
    check_steps(lines, placed)
    stations, stop_of = make_stations(placed)
    pairs, unmatched, left = match_cards(placed, cards)
    boardings = boarding_rows(pairs, cards, lines, stop_of)

    write_table(
        out / "stations.csv",
        "stop_id name name_local lat lon former_name station_codes",
        (stations[stop_id] for stop_id in sorted(stations)),
    )
    count = write_table(
        out / "lines.csv",
        "line_id mode name name_local color sequence stop_id direction_id two_way",
        line_rows(lines, stop_of),
    )
    write_table(
        out / "station_boardings.csv",
        "stop_id line_id card_line card_station boardings_per_day alightings_per_day days "
        "year source",
        boardings,
    )
    write_table(
        out / "missing.csv",
        "what frame line name name_local boardings_per_day reason who_could_supply",
        missing_rows(rows, cards, left, unmatched, stop_of),
    )
    print(
        f"{len(stations)} stations, {count} line rows, {len(boardings)} of {len(placed)} placed "
        f"line-stations have boardings ({days} days), {len(left)} card stations of lines 1-9 "
        "are not placed"
    )


if __name__ == "__main__":
    main()
