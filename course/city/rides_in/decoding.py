"""Blocks of text -> numbers: cards hashed, routes and stops found, words understood."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from course.city.repairs import RepairList
from course.city.rides_in import fields, moments, stopping
from course.city.rides_in.headers import columns_of
from course.city.rides_in.network import Network
from course.city.rides_in.reading import Block

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from course.city.rides_in.imported import RideOptions


def _once(texts: list[str]) -> dict[str, int]:
    """Return the position of each text that occurs once."""
    counts = Counter(texts)
    return {text: at for at, text in enumerate(texts) if text and counts[text] == 1}


def _bare(route: str) -> str:
    """Return what is left of a route's name without the words around its number.

    >>> _bare("Line 7"), _bare("L7"), _bare("7호선"), _bare("M2")
    ('7', '7', '7', 'm2')
    """
    return re.sub(r"^(line|linea|línea|route|ruta|l)[\s.-]*|호선$", "", route.strip().casefold())


class Decoder:
    """Turns block after block into numbers; remembers what the files share."""

    def __init__(
        self, network: Network, repairs: RepairList, options: RideOptions, key: bytes
    ) -> None:
        self.network, self.repairs, self.options, self._key = network, repairs, options, key
        self.frames: list[pd.DataFrame] = []
        self.moments: dict[str, list[moments.Moments]] = {}
        self.hours: list[np.ndarray] = []
        self.file_rows: list[np.ndarray] = []
        self.lines: list[str] = []
        self.used: dict[str, str] = {}
        self.samples: dict[str, str] = {}
        self.seen = self.lost = 0
        self._line_of: dict[str, int] = {}
        self._vehicle_of: dict[str, int] = {}
        self._dropped: dict[tuple[str, str, str], list[int]] = {}
        routes = network.routes
        ids = routes["route_id"].tolist()
        short = routes["short_name"].astype("str").tolist() if "short_name" in routes else []
        # riders and files know routes by number: "7", "L7" and "Line 7" are one route, but
        # two routes of one number are no answer
        self._by_id = {route: at for at, route in reversed(list(enumerate(ids)))}
        self._by_short = _once(short)
        self._by_number = (_once([_bare(t) for t in short]), _once([_bare(t) for t in ids]))
        self._route_of: list[int] = []

    def _text(self, table: pa.Table, ours: str) -> np.ndarray:
        return table.column(self.used[ours]).to_numpy(zero_copy_only=False).astype(object)

    def _number(
        self, table: pa.Table, ours: str, number: np.ndarray, *, low: float, high: float
    ) -> np.ndarray:
        """Return numbers as people write them; NaN for what is none, which is counted."""
        import pandas as pd
        import pyarrow.compute as pc

        column = pc.replace_substring(table.column(self.used[ours]), ",", ".").combine_chunks()
        text = moments.western_digits(column).to_numpy(zero_copy_only=False)
        value = pd.to_numeric(pd.Series(text), errors="coerce").to_numpy(dtype=float)
        sound = (value >= low) & (value <= high)
        self._count(~sound & (text != ""), number, f"{ours} is no number from {low:,.0f} to "
                    f"{high:,.0f}", "noted: taken as not given")  # fmt: skip
        return np.where(sound, value, np.nan)

    # --- one block --------------------------------------------------------------------

    def take(self, block: Block) -> None:
        """Turn one block into numbers and keep them."""
        import pandas as pd

        self.used = columns_of(block, self.options.mapping, self.used, self.repairs)
        table, used, n = block.table, self.used, block.table.num_rows
        number = np.arange(n) + block.first_row
        self.seen += n
        columns: dict[str, object] = {"card": self._cards(table)}
        columns["line"], columns["route"] = self._lines(table)
        route = columns["route"]
        columns["stop"] = self._stops(table, "board", route, number)
        columns["alight_stop"] = self._stops(table, "alight", route, number)
        columns["mode"] = self._modes(table, route, columns["stop"], number)
        columns["user_class"] = self._words(table, "user_class", fields.CLASS_OF, "adult", number)
        group = np.zeros(n)
        if "income_group" in used:
            group = self._number(table, "income_group", number, low=1, high=5)
        columns["income_group"] = np.where(np.isin(group, range(1, 6)), group, 0).astype(np.int8)
        metres = np.full(n, np.nan)
        if "distance_km" in used:
            metres = self._number(table, "distance_km", number, low=0, high=2000) * 1000
        if "distance_m" in used:
            metres = self._number(table, "distance_m", number, low=0, high=2_000_000)
        columns["given_m"] = metres
        columns["vehicle"] = self._codes(table, "vehicle_id", self._vehicle_of)
        tap = self._words(table, "tap", fields.TAP_OF, "in", number) if "tap" in used else None
        columns["out"] = np.zeros(n, dtype=bool) if tap is None else tap == "out"
        if "order" in used:
            order = self._number(table, "order", number, low=0, high=1000)
            columns["order"] = np.nan_to_num(order, nan=0.0).astype(np.int32)
        if "weight" in used:
            weight = self._number(table, "weight", number, low=0, high=1e9)
            columns["weight"] = np.nan_to_num(weight, nan=1.0)
        self._count(self._broken(table), number, "a cell goes over several lines",
                    "noted: read as one cell; is a quote not closed?")  # fmt: skip
        frame = pd.DataFrame(columns)
        keep = self._kept(frame, table, number)
        self.frames.append(frame.take(keep))
        self.file_rows.append(number[keep])
        for name in ("board_time", "alight_time", "date"):
            if name in used:
                # a stated format is that of the column that holds the date
                stated = self.options.format if (name == "date") == ("date" in used) else ""
                read = moments.parse(table.column(used[name]), stated=stated,
                                     zone=self.options.zone)  # fmt: skip
                self.moments.setdefault(name, []).append(read.take(keep))
                self._remember(name, table)
        if "hour" in used:
            hour = self._number(table, "hour", number, low=0, high=47)
            sound = hour == np.floor(hour)
            self._remember("hour", table)
            self.hours.append(np.where(sound, np.nan_to_num(hour) * 3600, -1)[keep].astype(int))

    def _broken(self, table: pa.Table) -> np.ndarray:
        """Return rows with a line end in a cell: the rows a quote swallowed, mostly."""
        import pyarrow.compute as pc

        out = np.zeros(table.num_rows, dtype=bool)
        for theirs in self.used.values():
            found = pc.match_substring(table.column(theirs), "\n")
            if pc.any(found).as_py():
                out |= found.to_numpy()
        return out

    def _remember(self, ours: str, table: pa.Table) -> None:
        """Keep the first time of a column, to be shown where none can be read."""
        if ours not in self.samples:
            shown = next((t for t in table.column(self.used[ours]).to_pylist() if t), "")
            self.samples |= {ours: shown} if shown else {}

    def _kept(self, frame: pd.DataFrame, table: pa.Table, number: np.ndarray) -> np.ndarray:
        no_card = self._text(table, "card_id") == ""
        unknown = (frame["stop"] == stopping.UNKNOWN).to_numpy() & ~no_card
        absent = (frame["stop"] == stopping.ABSENT).to_numpy() & ~no_card
        for wrong, what in (
            (no_card, "ride without a card"),
            (unknown, "the stop of the tap-in is not in the city"),
            (absent, "the stop of the tap-in is not given"),
        ):
            self._count(wrong, number, what, "dropped")
        stray = (frame["alight_stop"] == stopping.UNKNOWN).to_numpy()
        self._count(stray, number, "the stop of the tap-out is not in the city",
                    "repaired: as if no tap-out")  # fmt: skip
        lost = no_card | unknown | absent
        self.lost += int(lost.sum())
        return np.flatnonzero(~lost)

    def _count(self, wrong: np.ndarray, number: np.ndarray, what: str, done: str) -> None:
        if wrong.any():
            seen = self._dropped.setdefault((what, done, ""), [int(number[wrong].min()), 0])
            seen[1] += int(wrong.sum())

    def report(self, label: str) -> None:
        """Put what was counted over all blocks into the list of repairs."""
        for (what, done, _), (row, count) in self._dropped.items():
            self.repairs.note(label, what, done, row=row, count=count)
        if "user_class" not in self.used:
            self.repairs.note(label, "no user class", "noted: every ride counts as adult")
        if self.network.added:
            self.repairs.note(
                label, "tap places that are no stop of the feed",
                "noted: added as stops no route serves", count=len(self.network.added),
            )  # fmt: skip

    # --- values -----------------------------------------------------------------------

    def _cards(self, table: pa.Table) -> np.ndarray:
        import pyarrow as pa
        import pyarrow.compute as pc

        coded = pc.dictionary_encode(table.column(self.used["card_id"]))
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.combine_chunks()
        hashed = np.fromiter(
            (
                int.from_bytes(
                    hashlib.blake2b(card.encode(), digest_size=8, key=self._key).digest(), "big"
                )
                for card in coded.dictionary.to_pylist()
            ),
            dtype=np.uint64,
            count=len(coded.dictionary),
        )
        return hashed[coded.indices.to_numpy(zero_copy_only=False)]

    def _codes(self, table: pa.Table, ours: str, known: dict[str, int]) -> np.ndarray:
        import pandas as pd

        if ours not in self.used:
            return np.full(table.num_rows, -1)
        codes, words = pd.factorize(self._text(table, ours))
        numbers = np.array([known.setdefault(w, len(known)) if w else -1 for w in words], dtype=int)
        return numbers[codes] if len(numbers) else codes

    def _lines(self, table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        line = self._codes(table, "route_id", self._line_of)
        new = list(self._line_of)[len(self.lines) :]
        self.lines += new
        self._route_of += [self._named(text) for text in new]
        return line, np.append(np.array(self._route_of, dtype=int), -1)[line]

    def _named(self, text: str) -> int:
        """Return the position of the route a file means, -1 for none."""
        for word in (text, text.removesuffix(".0")):  # as spreadsheets write numbers
            bare = _bare(word)
            for known, asked in (
                (self._by_id, word), (self._by_short, word),
                *((names, bare) for names in self._by_number),
            ):  # fmt: skip
                if asked in known:
                    return known[asked]
        return -1

    def _stops(
        self, table: pa.Table, end: str, route: np.ndarray, number: np.ndarray
    ) -> np.ndarray:
        out = np.full(table.num_rows, stopping.ABSENT)
        if f"{end}_stop_id" in self.used:
            out = stopping.by_id(self._text(table, f"{end}_stop_id"), self.network)
        if f"{end}_stop_name" in self.used:
            named = stopping.by_name(self._text(table, f"{end}_stop_name"), route, self.network)
            out = np.where(out >= 0, out, np.where(named == stopping.ABSENT, out, named))
        if f"{end}_lat" in self.used and f"{end}_lon" in self.used:
            rest = np.flatnonzero(out < 0)
            lat, lon = (
                self._number(table, f"{end}_{c}", number, low=-high, high=high)[rest]
                for c, high in (("lat", 90), ("lon", 180))
            )
            placed = stopping.by_place(lat, lon, route[rest], self.network)
            out[rest] = np.where(placed == stopping.ABSENT, out[rest], placed)
        return out

    def _modes(
        self, table: pa.Table, route: np.ndarray, stop: np.ndarray, number: np.ndarray
    ) -> np.ndarray:
        """Return the mode as stated, else of the route, else of the only mode at the stop."""
        modes = np.append(self.network.mode_of_route(), "other").astype(object)
        of_route = modes[route]
        guess = np.flatnonzero((route < 0) & (stop >= 0) & (stop < len(self.network.stops)))
        if len(guess):
            of_route[guess] = self.network.mode_of_stop[stop[guess]]
        if "mode" not in self.used:
            return of_route
        words = self._words(table, "mode", fields.MODE_OF, "", number)
        return np.where(words == "", of_route, words)

    def _words(
        self, table: pa.Table, ours: str, known: dict[str, str], otherwise: str,
        number: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        """Return our words for theirs; what is not understood is counted once per word."""
        import pandas as pd

        if ours not in self.used:
            return np.full(table.num_rows, otherwise, dtype=object)
        stated = {k.lower(): v for k, v in self.options.values.get(ours, {}).items()}
        codes, words = pd.factorize(self._text(table, ours))
        meant = [stated.get(w.lower(), known.get(w.lower())) for w in words]
        strange = [w for w, m in zip(words, meant, strict=True) if m is None and w]
        if strange:
            wrong = np.isin(codes, [i for i, m in enumerate(meant) if m is None and words[i]])
            shown = ", ".join(sorted(map(str, strange))[:5])
            self._count(wrong, number, f"{ours} not understood ({shown})",
                        f"noted: taken as {otherwise or 'the mode of the route'}; say what they "
                        f"mean with --values {ours}.THEIRS=OURS")  # fmt: skip
        return np.array([m if m is not None else otherwise for m in meant], dtype=object)[codes]
