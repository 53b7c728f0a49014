"""The cities a host judges by: the bundled packs, and what an instructor has approved.

A city of a trainee's own travels as a zip in the hand-in. It is imported through the
same checks as any other pack, kept apart, and judged by only after an instructor has
looked at it and said so: until then its answers are pending, never zero.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from course import whole_files
from course.errors import CourseError, UsageError
from grading.limits import MAX_ZIP_MB, MAX_ZIPS
from grading.records import Record, clean_text
from grading.scoring import CityFound

_FINGERPRINT = re.compile(r"[0-9a-f]{8,64}")


@lru_cache(maxsize=8)
def open_pack(folder: str) -> Any:
    """Return the city of a folder, opened once in each process."""
    from course.city.pack import City

    return City.open(folder)


@lru_cache(maxsize=1)
def _bundled(folder: str) -> dict[str, Any]:
    found = {}
    for path in sorted(Path(folder).glob("*/datapackage.json")):
        city = open_pack(str(path.parent))
        found[city.fingerprint] = city
    return found


def bundled_packs() -> dict[str, Any]:
    """Return the packs that come with the course by their fingerprint."""
    from course.paths import bundled_cities_dir

    return _bundled(str(bundled_cities_dir()))


@dataclass
class HostCities:
    """The cities a host knows, kept under ``cities/`` of its state.

    Parameters
    ----------
    folder : Path
        One subfolder per fingerprint, with ``meta.json`` and ``pack/``.
    """

    folder: Path

    def find(self, record: Record) -> CityFound:
        """Return the pack an answer is judged by, or why it has to wait.

        The fingerprint decides; the name in the record is only compared.
        """
        fingerprint = record.fingerprint
        if not _FINGERPRINT.fullmatch(fingerprint):
            return CityFound(
                sentence="The answer does not say which city it is for. Run the answer cell again.",
                note="The record carries no fingerprint of a city.",
            )
        city = bundled_packs().get(fingerprint)
        if city is None and self.status(fingerprint) == "approved":
            city = open_pack(str(self.folder / fingerprint / "pack"))
        if city is not None:
            note = ""
            if record.city and record.city != city.id:
                note = (
                    f"The record says {record.city!r} with the fingerprint of {city.id!r}; "
                    f"judged by {city.id}."
                )
            return CityFound(city=city, note=note)
        return self._waiting(record)

    def _waiting(self, record: Record) -> CityFound:
        name = record.city or "your city"
        if self.status(record.fingerprint) == "waiting":
            return CityFound(
                sentence=f"Kept. Your instructor has to approve the city {name} first.",
                note=f"City {name} ({record.fingerprint}) waits for approval.",
            )
        known = {city.id for city in bundled_packs().values()}
        changed = "changed" if record.city in known else "unknown"
        return CityFound(
            sentence=(
                f"Kept. The host does not have this version of the city {name}. "
                "Run hand_in() so that the city travels with your notebook."
            ),
            note=f"City {name} ({record.fingerprint}) is {changed} and not in the hand-in.",
        )

    def status(self, fingerprint: str) -> str:
        """Return ``bundled``, ``approved``, ``waiting`` or ``unknown``."""
        if fingerprint in bundled_packs():
            return "bundled"
        return str(self._meta(fingerprint).get("status", "unknown"))

    def statuses(self, fingerprints: Iterable[str]) -> dict[str, str]:
        """Return the status of several cities; part of what makes a score outdated."""
        return {f: self.status(f) for f in sorted(set(fingerprints))}

    def _meta(self, fingerprint: str) -> dict[str, Any]:
        if not _FINGERPRINT.fullmatch(fingerprint):
            return {}
        try:
            return json.loads((self.folder / fingerprint / "meta.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    def take_in(self, zips: Iterable[Path], student: str) -> list[str]:
        """Import the city packs of a hand-in and keep them waiting.

        Parameters
        ----------
        zips : iterable of Path
            Regular files of the hand-in that end in ``.zip``.
        student : str
            Who brought them.

        Returns
        -------
        list of str
            One line for each that was refused.
        """
        lines = []
        for number, path in enumerate(sorted(zips)):
            if number >= MAX_ZIPS:
                lines.append(f"More than {MAX_ZIPS} zip files; the rest was not opened.")
                break
            try:
                self._take_in_one(path, student)
            except CourseError as error:
                lines.append(f"{path.name} was refused as a city: {error}")
            except Exception as error:  # hostile input: whatever it breaks, the batch goes on
                lines.append(f"{path.name} was refused as a city: {type(error).__name__}.")
        return lines

    def _take_in_one(self, path: Path, student: str) -> None:
        if path.stat().st_size > MAX_ZIP_MB * 1_000_000:
            raise CourseError(f"it is larger than {MAX_ZIP_MB} MB.", "")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        receipt = self.folder / "received" / f"{digest}.json"
        if receipt.is_file():
            known = json.loads(receipt.read_text(encoding="utf-8"))
            if known.get("error"):
                raise CourseError(known["error"], "")
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            fingerprint = self._import(path, student)
        except CourseError as error:
            _write_json(receipt, {"error": str(error)})
            raise
        _write_json(receipt, {"fingerprint": fingerprint, "student": student})

    def _import(self, path: Path, student: str) -> str:
        from course.city.importing import read_export
        from course.city.pack import City

        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".new-") as work:
            made = Path(work) / "city"
            city = City.open(read_export(path, made / "pack"))
            fingerprint = city.fingerprint
            if self.status(fingerprint) != "unknown":
                return fingerprint
            _write_json(
                made / "meta.json",
                {
                    "fingerprint": fingerprint,
                    "id": clean_text(city.id),
                    "title": clean_text(city.title),
                    "student": student,
                    "received": datetime.now(UTC).isoformat(timespec="seconds"),
                    "stops": len(city.stops),
                    "routes": len(city.routes),
                    "zones": len(city.zones),
                    "status": "waiting",
                },
            )
            target = self.folder / fingerprint
            try:
                made.rename(target)
            except OSError:  # another process was faster with the same city
                if not (target / "meta.json").is_file():
                    raise
        return fingerprint

    def table(self) -> list[dict[str, Any]]:
        """Return one row per city: the bundled ones, then those of hand-ins by date."""
        rows = [
            {"fingerprint": f, "id": city.id, "title": city.title, "status": "bundled"}
            for f, city in bundled_packs().items()
        ]
        metas = [self._meta(p.parent.name) for p in sorted(self.folder.glob("*/meta.json"))]
        return rows + sorted(metas, key=lambda m: str(m.get("received")))

    def show(self, fingerprint: str) -> dict[str, Any]:
        """Return what is known of one city of a hand-in.

        Raises
        ------
        UsageError
            When no city of a hand-in begins with these letters.
        """
        return self._meta(self._full(fingerprint))

    def approve(self, fingerprint: str, *, by: str = "") -> dict[str, Any]:
        """Judge by a city from now on.

        Parameters
        ----------
        fingerprint : str
            Of ``city list``; the first letters are enough.
        by : str
            Who approves, for the record.

        Returns
        -------
        dict
            The city's entry; its hand-ins are scored by the next ``score``.
        """
        full = self._full(fingerprint)
        meta = self._meta(full)
        meta |= {
            "status": "approved",
            "approved": datetime.now(UTC).isoformat(timespec="seconds"),
            "approved_by": by,
        }
        _write_json(self.folder / full / "meta.json", meta)
        return meta

    def _full(self, start: str) -> str:
        names = [p.parent.name for p in self.folder.glob("*/meta.json")]
        found = [name for name in names if start and name.startswith(start.lower())]
        if len(found) == 1:
            return found[0]
        what = "No" if not found else "More than one"
        raise UsageError(
            f"{what} city of a hand-in has a fingerprint that begins with {start!r}.",
            "See them with: python3 -m grading city list.",
        )


def _write_json(path: Path, content: dict[str, Any]) -> None:
    whole_files.write(path, json.dumps(content, ensure_ascii=False, indent=1))
