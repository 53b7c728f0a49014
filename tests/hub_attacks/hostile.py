"""A hand-in against the people who mark it, and a server of somebody else that helps it."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from tests.grading_pieces import answered, cell_of
from tests.hub_attacks.town import MODULE

TAKE = "document.documentElement.dataset.taken='yes'"
PAGE = f'<script>{TAKE}</script><img src=x onerror="{TAKE}"><svg onload="{TAKE}"></svg>'
FILE = f"<img src=x onerror={TAKE}>"  # a file's name can be a tag too
FLOOD = "flood " * 1_000_000


def hostile(marker, spy):
    """Return a hand-in that tries a grader's machine, browser and patience at once."""
    notebook = answered()
    cell_of(notebook, "m10_trip_work")["outputs"] = [
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": PAGE}},
        {"output_type": "display_data", "metadata": {}, "data": {"application/javascript": TAKE}},
        {"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": PAGE}},
        {"output_type": "stream", "name": "stdout", "text": PAGE + FLOOD},
    ]
    cell_of(notebook, "m10_written")["source"] = f"My text.\n\n{PAGE}\n\n![]({spy})"
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader")
        if marks and "points" in marks:  # as if a trainee said what it is worth
            marks.update(points=1000, locked=False, grade=True)
    notebook["cells"].append({
        "cell_type": "code", "id": "run", "metadata": {}, "execution_count": None, "outputs": [],
        "source": f"open({str(marker)!r}, 'w').write('the host ran this')",
    })  # fmt: skip
    return notebook


class Elsewhere(ThreadingHTTPServer):
    """A server of somebody else: it counts who asks for its picture, and frames any page."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked = []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, goal = self.path.partition("?")
        if path == "/spy.png":
            self.server.asked.append(self.headers.get("Referer", ""))
        body = f'<iframe src="{unquote(goal)}" width=900 height=600></iframe>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


def submission(street, student):
    from nbgrader.api import Gradebook

    with Gradebook(street.state.db_url) as book:
        found = book.find_submission_notebook("exercises", MODULE, student)
        return found.id, found.max_score


def formgrader(street):
    number, _ = submission(street, "ana")
    return f"/services/smartcity/formgrader/submissions/{number}/?index=0"


@contextmanager
def uncleaned(street, marked):
    """Show graders the hand-in as it came."""
    made = street.state.folder("autograded", "ana", MODULE) / "exercises.ipynb"
    before = made.read_bytes()
    made.write_text(marked.text)
    try:
        yield
    finally:
        made.write_bytes(before)
