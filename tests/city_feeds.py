"""A tiny sound GTFS feed as text, to be spoilt one way at a time."""

from __future__ import annotations

import zipfile
from pathlib import Path

SOUND: dict[str, str] = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone,agency_lang\n"
    "a,Agency,https://example.org,Asia/Seoul,ko\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n"
    "s1,One,37.50,127.00\ns2,Two,37.51,127.01\ns3,Three,37.52,127.02\n"
    "s4,Four,37.53,127.03\n",
    "routes.txt": "route_id,route_short_name,route_long_name,route_type\n"
    "r1,1,Line one,1\nr2,2,,3\n",
    "trips.txt": "route_id,service_id,trip_id,direction_id\n"
    "r1,wd,t1,0\nr1,wd,t2,0\nr1,we,t3,1\nr2,wd,t4,0\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "t1,08:00:00,08:00:00,s1,1\nt1,08:10:00,08:11:00,s2,2\nt1,08:20:00,08:20:00,s3,3\n"
    "t2,09:00:00,09:00:00,s1,1\nt2,09:10:00,09:11:00,s2,2\nt2,09:20:00,09:20:00,s3,3\n"
    "t3,10:00:00,10:00:00,s3,1\nt3,10:10:00,10:10:00,s2,2\nt3,10:20:00,10:20:00,s1,3\n"
    "t4,23:50:00,23:50:00,s2,1\nt4,24:10:00,24:10:00,s4,2\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
    "start_date,end_date\nwd,1,1,1,1,1,0,0,20250101,20251231\nwe,0,0,0,0,0,1,1,20250101,20251231\n",
}


def changed(**files: str | None) -> dict[str, str]:
    """Return the sound feed with some files replaced (``stops="…"``) or left out (None)."""
    out = dict(SOUND)
    for name, text in files.items():
        out.pop(f"{name}.txt", None)
        if text is not None:
            out[f"{name}.txt"] = text
    return out


def edited(name: str, old: str, new: str) -> dict[str, str]:
    """Return the sound feed with one piece of one file replaced."""
    text = SOUND[f"{name}.txt"]
    assert old in text
    return SOUND | {f"{name}.txt": text.replace(old, new)}


def write_feed(path: Path, files: dict[str, str] | dict[str, bytes], *, folder: str = "") -> Path:
    """Write files as a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(folder + name, text)
    return path
