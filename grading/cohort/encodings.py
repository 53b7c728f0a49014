"""Find out how a text file was saved: Unicode, or a code page of an older Excel.

Unicode is certain. A code page is taken only when one of them explains every letter and
no other does; else the host is asked. Wrong letters in a name end on a certificate.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from course.errors import CourseError, UsageError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORDS = {"cp949": "Korean", "cp1256": "Arabic and Persian", "cp1252": "Western European"}
_ARABIC = re.compile("[\u0600-\u06ff]{2,}")
# A syllable of everyday Korean: the 2,350 of KS X 1001 have both bytes above 0xA0.
_COMMON_HANGUL = re.compile(rb"[\xb0-\xc8][\xa1-\xfe]")
_SIGNS = set("‘’“”–—…·«»،؛؟\u200c\u200d\u200e\u200f\u00a0№°´`©®")


def decoded(data: bytes, name: str, encoding: str | None = None) -> tuple[str, list[str]]:
    """Return the text of a file, and a line where a code page was assumed.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Its name, for the sentences.
    encoding : str, optional
        As the host says.

    Raises
    ------
    UsageError
        There is no such encoding.
    CourseError
        The bytes do not fit it, or none can be told.
    """
    if encoding:
        try:
            codecs.lookup(encoding)
            text, notes = data.decode(encoding), []
        except LookupError:
            raise UsageError(
                f"There is no encoding {encoding!r}.", "Use utf-8, cp949, cp1256, cp1252 or such."
            ) from None
        except (UnicodeError, ValueError, TypeError, AssertionError):
            raise CourseError(
                f"{name} is not written in {encoding}.", "Leave --encoding out, or name another."
            ) from None
        if not isinstance(text, str):
            raise UsageError(f"{encoding!r} is no encoding of text.", "Use utf-8 or such.")
    else:
        text, notes = _found_out(data, name)
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise CourseError(f"{name} is no table of text.", "Save it as CSV or as .xlsx.")
    return text, notes


def _found_out(data: bytes, name: str) -> tuple[str, list[str]]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), []
            except UnicodeError:
                raise CourseError(
                    f"{name} begins as {encoding} and then is not.", "Save it as CSV (UTF-8) again."
                ) from None
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    fits = [page for page in _WORDS if _explains(data, page)]
    if len(fits) != 1:
        among = " or ".join(fits or _WORDS)
        raise CourseError(
            f"{name} is not Unicode, and its letters do not say which code page it is in.",
            f"Save it as CSV (UTF-8), or say it: --encoding {among}.",
        )
    page = fits[0]
    return data.decode(page), [f"{name} was read as {_WORDS[page]} ({page}). Look at the names."]


def _explains(data: bytes, page: str) -> bool:
    """Say whether every letter of the file makes sense in a code page."""
    try:
        text = data.decode(page)
    except UnicodeDecodeError:
        return False
    strange = [c for c in text if ord(c) > 127 and c not in _SIGNS]
    if not strange:
        return False
    if page == "cp949":
        hangul = sum("가" <= c <= "힣" for c in strange)
        common = len(_COMMON_HANGUL.findall(data))
        return hangul == len(strange) and common >= 0.9 * hangul
    if page == "cp1256":
        in_words = sum(len(word) for word in _ARABIC.findall(text))
        return in_words >= 0.95 * len(strange)
    # Western letters stand alone among plain ones: two in a row hardly occur in a name
    words = re.findall(r"[^\W\d_]+", text)
    odd = [w for w in words if not w.isascii()]
    return all("LATIN" in unicodedata.name(c, "") for c in strange if c.isalpha()) and not any(
        re.search(r"[^\x00-\x7f]{2,}", w) or w.isupper() != w[-1].isupper() for w in odd
    )
