"""nbgrader of a trainee on a hub: fetch, submit, read feedback; nothing of a grader's."""

import os
import secrets
import shutil

from nbgrader.exchange import default

c = get_config()  # noqa: F821  (traitlets provides it)

c.CourseDirectory.course_id = "smartcity"
c.CourseDirectory.max_file_size = int(os.environ.get("COURSE_MAX_NOTEBOOK_KB", "50000"))
c.CourseDirectory.max_dir_size = int(os.environ.get("COURSE_MAX_HAND_IN_KB", "200000"))
c.Exchange.root = "/srv/exchange"
c.Exchange.assignment_dir = os.path.join(os.environ["COURSE_WORKSPACE"], "modules")


class OnHub:
    """The exchange of a hub is writable in one folder, the one that takes hand-ins."""

    def ensure_root(self):
        """Let the exchange's own folder be the host's; nbgrader asks for one that all may write."""


class List(OnHub, default.ExchangeList):
    """The list of assignments, with the feedback of a hand-in whose lesson has none."""

    def parse_assignments(self):
        """Offer feedback where any notebook has some: nbgrader asks that all of them do."""
        found = super().parse_assignments()
        for group in found:
            for sent in group.get("submissions", []):
                told = [n for n in sent["notebooks"] if n.get("has_local_feedback")]
                ready = [n for n in sent["notebooks"] if n.get("has_exchange_feedback")]
                if told:
                    page = os.path.abspath(told[0]["local_feedback_path"])
                    sent["has_local_feedback"] = True
                    sent["local_feedback_path"] = os.path.dirname(page)
                sent["has_exchange_feedback"] = bool(ready)
        return found


class Fetch(OnHub, default.ExchangeFetchAssignment):
    """Fetch an assignment; its files may be changed by their new owner."""

    def copy_files(self):
        """Copy, and let the copies be written."""
        super().copy_files()
        self.set_perms(self.dest_path, fileperms=0o644, dirperms=0o755)


class FetchFeedback(OnHub, default.ExchangeFetchFeedback):
    """Fetch feedback."""


class Submit(OnHub, default.ExchangeSubmit):
    """Hand in, all of it or nothing; nobody but the person can change what was handed in."""

    def copy_files(self):
        """Copy beside, take back the right to write that nbgrader gives to everybody, then move.

        On a full disk nbgrader would leave half a hand-in, newer than the whole one before it,
        and the host would collect the half.
        """
        inbound = self.inbound_path
        self.inbound_path = os.path.join(inbound, f".part-{secrets.token_hex(8)}")
        made = os.path.join(self.inbound_path, self.assignment_filename)
        try:
            super().copy_files()
            if os.environ.get("COURSE_OPEN_HAND_INS") != "1":
                os.chmod(made, 0o755)
            os.rename(made, os.path.join(inbound, self.assignment_filename))
        finally:
            shutil.rmtree(self.inbound_path, ignore_errors=True)
            self.inbound_path = inbound


c.ExchangeFactory.list = List
c.ExchangeFactory.fetch_assignment = Fetch
c.ExchangeFactory.fetch_feedback = FetchFeedback
c.ExchangeFactory.submit = Submit
