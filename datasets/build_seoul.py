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
from pathlib import Path

from tabular import HERE, clean, metres, slug, source_folder, write_table

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


def read_cards(path: Path) -> tuple[dict[tuple[str, str], list[float]], int]:
    """Return boardings and alightings per day by (card line, station) and the days seen.

    The file names six columns but each row has seven fields: the last one is dropped.
    """
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0, 0, 0])
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


def line_orders(rows: list[dict[str, str]]) -> dict[str, tuple[str, int, list, list]]:
    """Return for each line id: number, two_way, stops of direction 0 and of direction 1."""
    by_line: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        by_line[row["line"]].append(row)
    for members in by_line.values():
        members.sort(key=code)

    def names(line: str, keep=lambda row: True) -> list[str]:
        return [row["korean_2021"] for row in by_line[line] if row["placed"] and keep(row)]

    orders: dict[str, tuple[str, int, list, list]] = {}
    for line in "1345789":
        orders[f"L{line}"] = (line, 1, names(line, lambda r: r["station_code"][0] != "P"), [])
    orders["L5-macheon"] = ("5", 1, ["강동", *names("5", lambda r: r["station_code"][0] == "P")], [])
    # Line 2 is a ring (201 to 243 and back to 201) with two branches off it.
    ring = names("2", lambda r: "-" not in r["station_code"])
    orders["L2"] = ("2", 1, [*ring, ring[0]], [])
    for line_id, junction, head in (("L2-seongsu", "성수", "211-"), ("L2-sinjeong", "신도림", "234-")):
        branch = names("2", lambda r, head=head: r["station_code"].startswith(head))
        orders[line_id] = ("2", 1, [junction, *branch], [])
    # Line 6 ends in a loop run one way only: Eungam, Yeokchon ... Gusan, Eungam.
    loop = names("6", lambda r: 610 <= code(r) <= 615)
    rest = names("6", lambda r: code(r) > 615)
    orders["L6"] = ("6", 0, [*reversed(rest), *loop, loop[0]], [loop[0], *rest])
    return dict(sorted(orders.items()))


def check_steps(orders: dict, where: dict[str, tuple[float, float]]) -> None:
    """Stop if two neighbours on a line lie further apart than any real step."""
    for line_id, (_, _, forth, back) in orders.items():
        for way in (forth, back):
            for a, b in zip(way, way[1:], strict=False):
                step = metres(where[a], where[b])
                if not 200 <= step <= MAX_STEP_M:
                    raise ValueError(f"{line_id}: {a} to {b} is {step:.0f} m")


def main() -> None:
    """Write the four tables and say how well the card file matched."""
    source, out = source_folder(__doc__.splitlines()[0])
    out = out or HERE / "seoul"
    rows = read_stations(source / STATIONS)
    cards, days = read_cards(source / CARDS)
    placed = [row for row in rows if row["placed"]]

    where = {r["korean_2021"]: (float(r["lat"]), float(r["lon"])) for r in placed}
    stop_of: dict[str, str] = {}
    stations: dict[str, list[object]] = {}
    for row in placed:
        place = ONE_PLACE.get(row["korean_2021"], row["korean_2021"])
        first = next(r for r in placed if r["korean_2021"] == place)
        stop_id = slug(first["english"])
        former = "" if first["korean"] == place else f"{first['english_2021']} {place}"
        known = stations.setdefault(
            stop_id,
            [stop_id, first["english"], first["korean"], first["lat"], first["lon"], former, ""],
        )  # fmt: skip
        if (known[3], known[4]) != (row["lat"], row["lon"]):
            raise ValueError(f"two places are called {stop_id}")
        known[6] = " ".join(dict.fromkeys([*str(known[6]).split(), row["station_code"]]))
        stop_of[row["korean_2021"]] = stop_id
    orders = line_orders(rows)
    check_steps(orders, where)

    header = ("stop_id", "name", "name_local", "lat", "lon", "former_name", "station_codes")
    count = write_table(out / "stations.csv", header, (stations[k] for k in sorted(stations)))

    lines = []
    for line_id, (number, two_way, forth, back) in orders.items():
        branch = {"L2-seongsu": " Seongsu branch", "L2-sinjeong": " Sinjeong branch", "L5-macheon": " Macheon branch"}  # fmt: skip
        name, local = f"Line {number}{branch.get(line_id, '')}", f"{number}호선"
        for direction, way in ((0, forth), (1, back)):
            for sequence, korean in enumerate(way, start=1):
                lines.append((line_id, "subway", name, local, COLOURS[number], sequence,
                              stop_of[korean], direction if back else None, two_way))  # fmt: skip
    write_table(
        out / "lines.csv",
        ("line_id", "mode", "name", "name_local", "color", "sequence", "stop_id", "direction_id", "two_way"),
        lines,
    )  # fmt: skip

    boardings, unmatched = [], []
    left = {key: value for key, value in cards.items() if key[0][0] in "123456789"}
    in_ring = {k for k, order in orders.items() if k in ("L2", "L5")}
    member = {(line_id, stop_of[k]) for line_id, o in orders.items() for k in (*o[2], *o[3])}
    for row in placed:
        stop_id = stop_of[row["korean_2021"]]
        fits = [k for k in left if k[0][0] == row["line"]
                and card_name(k[1]) in (row["korean"], row["korean_2021"])]  # fmt: skip
        if not fits:
            unmatched.append(row)
            continue
        total = left.pop(fits[0])
        choices = sorted((k for k, s in member if s == stop_id and k[1] == row["line"]),
                         key=lambda k: (k not in in_ring, k))  # fmt: skip
        boardings.append((stop_id, choices[0], fits[0][0], fits[0][1], round(total[0] / total[2]),
                          round(total[1] / total[2]), total[2], 2025, CARD_SOURCE))  # fmt: skip
    write_table(
        out / "station_boardings.csv",
        ("stop_id", "line_id", "card_line", "card_station", "boardings_per_day", "alightings_per_day", "days", "year", "source"),
        sorted(boardings),
    )  # fmt: skip
    write_missing(out, rows, left, cards, unmatched, stop_of)
    print(f"{count} stations, {len(lines)} line rows, {len(boardings)} of {len(placed)} placed "
          f"line-stations have boardings ({days} days), {len(left)} card stations of lines 1-9 "
          f"are not placed")  # fmt: skip


def write_missing(out, rows, left, cards, unmatched, stop_of) -> None:  # noqa: ANN001
    """Write what the pack does not hold, why, and who could supply it."""
    city = "Seoul Metropolitan Government or Seoul Metro (station coordinates under an open licence)"
    missing = []
    waiting = dict(left)
    for row in sorted((r for r in rows if not r["placed"]), key=lambda r: (r["line"], code(r))):
        fits = [k for k in waiting if k[0][0] == row["line"] and card_name(k[1]) == row["korean"]]
        known = waiting.pop(fits[0]) if fits else None
        missing.append(("station", "stations", f"Line {row['line']}", row["english"], row["korean"],
                        round(known[0] / known[2]) if known else None,
                        "name and order known (code " + row["station_code"] + "); the only coordinate found comes from a repository without licence", city))  # fmt: skip
    for (line, station), total in sorted(waiting.items()):
        known = card_name(station) in stop_of
        missing.append(("line stop" if known else "station", "lines" if known else "stations",
                        f"Line {line[0]}", "", station, round(total[0] / total[2]),
                        "in the card file of May 2025; "
                        + ("placed on another line, its order on this line is in no source seen"
                           if known else "no coordinate with an open licence found"), city))  # fmt: skip
    for line, name in OTHER_LINES.items():
        own = [total for key, total in cards.items() if key[0] == line]
        if not own:
            raise ValueError(f"{line} is not in the card file")
        missing.append(("line", "lines", name, f"{len(own)} stations", line,
                        round(sum(t[0] / t[2] for t in own)),
                        "in the card file of May 2025; no coordinates with an open licence found",
                        "Korail and the other operators"))  # fmt: skip
    for row in unmatched:
        missing.append(("figure", "station_boardings", f"Line {row['line']}", row["english"],
                        row["korean"], None, "no row for this line and station in the card file",
                        "Seoul Open Data (OA-12914)"))  # fmt: skip
    for line, first, second, between in GAPS:
        missing.append(("gap", "lines", f"Line {line}", between, "", None,
                        f"the line runs from {stop_of[first]} to {stop_of[second]} without the station between", city))  # fmt: skip
    owner = "Seoul Metropolitan Government"
    for kind, frame, name, reason, who in (
        ("line", "lines", "Sinbundang Line and other private lines", "not in the sources seen", "their operators"),
        ("line", "lines", "Line 1, 3, 4 beyond the Seoul Metro section", "stations of Korail not in the sources seen", "Korail"),
        ("line", "lines", "Line 8 north of Amsa (Byeollae, since 10 Aug 2024)", "opened after the source of coordinates (2021)", "Seoul Metro"),
        ("frame", "stops", "bus stops and bus routes (358 city, 249 village routes, 2021)", "no open, licensed feed found", "Seoul Open Data; the national feed of KTDB"),
        ("column", "zones", "jobs by district", "no licensed table found; synthesised", owner),
        ("column", "zones", "income by district", "no licensed table found; synthesised", owner),
        ("figure", "headways", "headways of lines 1 to 4 and all weekend headways, first and last trains by line", "no current source seen; the values are parameters to edit", "Seoul Metro"),
        ("figure", "lines", "speeds between stations", "no source seen; 35 km/h is an assumption", "Seoul Metro"),
        ("frame", "rides", "taps of smart cards", "not public; synthesised", "Tmoney, Seoul Metropolitan Government"),
    ):  # fmt: skip
        missing.append((kind, frame, name, "", "", None, reason, who))
    write_table(
        out / "missing.csv",
        ("what", "frame", "line", "name", "name_local", "boardings_per_day", "reason", "who_could_supply"),
        missing,
    )  # fmt: skip


if __name__ == "__main__":
    main()
