"""LibreOffice and poppler as the tests use them: fonts of installed packages and no others.

A document names common fonts (Arial, Malgun Gothic). Here these names mean the fonts of
installed packages, so that a picture of a page never depends on the machine. LibreOffice
7.4 draws no bold of a variable font: fixed regular and bold fonts are cut first.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import pytest

_ALIASES = {
    "Noto Sans": ("Arial", "Calibri", "Helvetica", "sans-serif"),
    "NanumGothic": ("Malgun Gothic", "Apple SD Gothic Neo"),
    "Noto Sans Arabic": ("Tahoma", "Arial Unicode MS"),
}
_VARIABLE = (
    ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf"),
    ("fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf"),
)
_LETTERS = ((0x20, 0x250), (0x600, 0x700), (0x2000, 0x2060), (0x20A0, 0x2270), (0xFFFC, 0xFFFE))
_FIXED = (("koreanize_matplotlib", "fonts"), ("matplotlib_fontja", "fonts"),
          ("matplotlib", "mpl-data/fonts/ttf"))  # fmt: skip


def tool(name: str) -> str:
    """Return the path of a program; a missing one fails in CI and skips elsewhere."""
    found = shutil.which(name)
    if found:
        return found
    package = "libreoffice" if name == "soffice" else "poppler-utils"
    reason = f"{name} is not installed (Debian package {package})"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def package_file(package: str, name: str) -> Path:
    """Return a file of an installed package."""
    spec = find_spec(package)
    assert spec and spec.submodule_search_locations, f"{package} is not installed"
    return Path(next(iter(spec.submodule_search_locations)), name)


@lru_cache(maxsize=1)
def _base() -> Path:
    folder = os.environ.get("COURSE_CACHE")
    return Path(tempfile.mkdtemp(prefix="rendering-", dir=folder if folder and Path(
        folder).is_dir() else None))  # fmt: skip


@lru_cache(maxsize=1)
def font_folder() -> Path:
    """Return a folder of fixed fonts cut from the variable ones of the packages."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    folder = _base() / "fonts"
    folder.mkdir()
    for package, name in _VARIABLE:
        for weight, style in ((400, "Regular"), (700, "Bold")):
            font = TTFont(package_file(package, name), lazy=True)
            # only the letters of the tests: the cutting takes long otherwise
            options = subset.Options(notdef_outline=True, hinting=False, name_IDs=["*"])
            worker = subset.Subsetter(options)
            worker.populate(unicodes=[c for low, high in _LETTERS for c in range(low, high)])
            worker.subset(font)
            font = instancer.instantiateVariableFont(
                font, {"wght": weight, "wdth": 100}, updateFontNames=True
            )
            font.save(folder / f"{package}-{style}.ttf")
    return folder


@lru_cache(maxsize=8)
def fontconfig(without: tuple[str, ...] = ()) -> Path:
    """Return a fontconfig file that knows the packages' fonts, without some packages."""
    folders = [package_file(p, f) for p, f in _FIXED if p not in without]
    cut = _base() / "-".join(("cut", *without))
    cut.mkdir(exist_ok=True)
    for file in font_folder().iterdir():
        if file.name.rsplit("-", 1)[0] not in without and not (cut / file.name).exists():
            shutil.copy(file, cut)
    aliases = "".join(
        f'<alias binding="same"><family>{theirs}</family>'
        f"<prefer><family>{ours}</family></prefer></alias>"
        for ours, names in _ALIASES.items()
        for theirs in names
    )
    dirs = "".join(f"<dir>{d}</dir>" for d in [cut, *folders])
    file = _base() / ("-".join(("fonts", *without)) + ".conf")
    file.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"{dirs}<cachedir>{_base() / 'fontcache'}</cachedir>{aliases}</fontconfig>",
        encoding="utf-8",
    )
    return file


def to_pdfs(
    files: Iterable[str | os.PathLike[str]], folder: Path, *, without: Sequence[str] = ()
) -> list[Path]:
    """Convert documents to PDF in one run of LibreOffice.

    Parameters
    ----------
    files : iterable of path
        Word files, slides, HTML; each name once.
    folder : Path
        Where the PDF files go.
    without : sequence of str
        Font packages to hide, to see a page without their letters.

    Returns
    -------
    list of Path
        In the order of the files.
    """
    program = tool("soffice")
    sources = [Path(f) for f in files]
    assert len({s.stem for s in sources}) == len(sources), "two files would make one PDF"
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"FONTCONFIG_FILE": str(fontconfig(tuple(without)))}
    profile = (_base() / "profile").as_uri()
    done = subprocess.run(
        [program, f"-env:UserInstallation={profile}", "--headless", "--norestore",
         "--convert-to", "pdf", "--outdir", str(folder), *map(str, sources)],
        env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    made = [folder / f"{s.stem}.pdf" for s in sources]
    for source, pdf in zip(sources, made, strict=True):
        assert pdf.is_file(), f"LibreOffice did not open {source.name}: {done.stderr[-400:]}"
    return made


def to_pdf(file: str | os.PathLike[str], folder: Path, *, without: Sequence[str] = ()) -> Path:
    """Convert one document to PDF; see :func:`to_pdfs`."""
    return to_pdfs([file], folder, without=without)[0]


def pictures_of(pdf: Path, folder: Path, *, dpi: int = 70) -> list[Path]:
    """Draw every page of a PDF as a PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / pdf.stem
    subprocess.run([tool("pdftoppm"), "-r", str(dpi), "-png", str(pdf), str(stem)], check=True)
    return sorted(folder.glob(f"{pdf.stem}-*.png"))
