"""What a PDF shows, as a digest, and the token it carries.

The digest goes over everything a reader of the file could be shown: pages, letters,
fonts, pictures, notes, forms, layers, scripts. It leaves out what a mail gateway or an
archive may rewrite without changing the page: the numbering and packing of the parts, the
dates, the attachment itself. A file saved anew keeps its digest; one letter changed does not.
"""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LARGEST = 20 * 1024 * 1024
MOST_PARTS = 20_000  # a page of ours has some 300
MOST_STEPS = 500_000
MOST_UNPACKED = 30_000_000  # bytes of all streams; a page of ours has some 500,000
# what may differ while the page stays the same
_PACKING = {"/Length", "/Filter", "/DecodeParms", "/DL"}
_LEFT_OUT = {"/Metadata", "/AF", "/PieceInfo", "/LastModified"}
TOKEN_NAME = ".jwt"


class Unreadable(ValueError):
    """The file is no PDF that can be read within the limits."""


@contextmanager
def _reading(data: bytes, *, strict: bool) -> Iterator[Any]:
    """Open a file of a stranger: quiet, bounded, and any fault of it is ``Unreadable``."""
    import pypdf

    if len(data) > LARGEST:
        raise Unreadable("it is larger than a certificate can be")
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    bounds = {
        name: MOST_UNPACKED
        for name in ("maximum_declared_stream_length", "zlib_maximum_output_length",
                     "lzw_maximum_output_length", "run_length_maximum_output_length",
                     "array_based_stream_maximum_output_length")
    }  # fmt: skip
    try:
        with pypdf.apply_configuration(**bounds):
            reader = pypdf.PdfReader(io.BytesIO(data), strict=strict)
            if reader.is_encrypted:
                raise Unreadable("it is locked with a password")
            yield reader
    except Unreadable:
        raise
    except Exception as error:  # whatever a hostile file does to the reader
        raise Unreadable("it is broken") from error


def digest(data: bytes) -> str:
    """Return the digest of what a PDF shows, as 64 hexadecimal letters.

    Raises
    ------
    Unreadable
        The file cannot be read by the rules of the format (two readers could see two
        pages in it), or is far larger inside than a certificate.
    """
    with _reading(data, strict=True) as reader:
        walk = _Walk()
        walk.all_from(reader.trailer.raw_get("/Root"))
        info = reader.trailer.get("/Info")
        title = info.get_object().get("/Title", "") if info is not None else ""
        walk.tell("title", str(title))
        return walk.sum.hexdigest()


class _Words:
    """A word between the parts, on the stack of what is still to be visited."""

    def __init__(self, text: str) -> None:
        self.text = text


class _Walk:
    """Visit every part once, in an order that does not depend on how the file is packed."""

    def __init__(self) -> None:
        self.sum = hashlib.sha256()
        self.seen: dict[tuple[int, int], int] = {}
        self.unpacked = 0

    def tell(self, kind: str, text: str | bytes) -> None:
        raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        self.sum.update(f"{kind}:{len(raw)}:".encode())
        self.sum.update(raw)

    def all_from(self, root: Any) -> None:
        waiting = [root]
        for _ in range(MOST_STEPS):
            if not waiting:
                return
            waiting += reversed(self._visit(waiting.pop()))
        raise Unreadable("it has too many parts")

    def _visit(self, thing: Any) -> list[Any]:
        """Take one part into the digest and return the parts inside it."""
        from pypdf import generic

        if isinstance(thing, _Words):
            self.tell("key", thing.text)
            return []
        if isinstance(thing, generic.IndirectObject):
            place = (thing.idnum, thing.generation)
            if place in self.seen:
                self.tell("again", str(self.seen[place]))
                return []
            if len(self.seen) >= MOST_PARTS:
                raise Unreadable("it has too many parts")
            self.seen[place] = len(self.seen)
            thing = thing.get_object()
        if isinstance(thing, generic.StreamObject):
            self._stream(thing)
            return self._inside(thing, _PACKING)
        if isinstance(thing, generic.DictionaryObject):
            return self._inside(thing, set())
        if isinstance(thing, generic.ArrayObject):
            self.tell("array", str(len(thing)))
            return list(list.__iter__(thing))
        if isinstance(thing, generic.FloatObject | generic.NumberObject):
            self.tell("number", f"{float(thing):.4f}")
        elif isinstance(thing, generic.ByteStringObject):
            self.tell("text", bytes(thing))
        elif isinstance(thing, generic.TextStringObject):
            self.tell("text", thing.original_bytes)
        else:
            self.tell(type(thing).__name__, str(thing))
        return []

    def _inside(self, thing: Any, packing: set[str]) -> list[Any]:
        keys = sorted(set(thing) - packing - _LEFT_OUT)
        if thing.get("/Type") == "/Catalog" and "/Names" in keys:
            names = thing["/Names"].get_object()
            if set(names) <= {"/EmbeddedFiles"}:
                keys.remove("/Names")  # the attachments, and no scripts
        self.tell("dictionary", str(len(keys)))
        return [part for key in keys for part in (_Words(key), thing.raw_get(key))]

    def _stream(self, thing: Any) -> None:
        try:
            data = thing.get_data()
        except NotImplementedError:  # a picture in a packing of its own stays as it is
            data = bytes(thing._data)
        self.unpacked += len(data)
        if self.unpacked > MOST_UNPACKED:
            raise Unreadable("it unpacks to far more than a certificate")
        self.tell("stream", data)


def tokens(data: bytes) -> list[str]:
    """Return the texts of the attachments that are named as tokens; none is an empty list.

    Raises
    ------
    Unreadable
        The file cannot be read.
    """
    from grading.certificates.openbadge import LARGEST_TOKEN

    found = []
    with _reading(data, strict=False) as reader:
        for name, contents in reader.attachments.items():
            if not str(name).lower().endswith(TOKEN_NAME):
                continue
            for content in contents if isinstance(contents, list) else [contents]:
                if len(content) <= LARGEST_TOKEN:
                    found.append(bytes(content).decode("ascii", "replace").strip())
    return found
