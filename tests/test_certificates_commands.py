"""certify and verify as an instructor types them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from course.commands import dispatch
from grading import certificates as c
from grading.certificates import batch, keys
from grading.certificates.learned import three_lines
from grading.state import GradingState
from tests.certificate_host import achievement


@pytest.fixture
def call(capsys):
    """Run one command; return exit code, what it printed and what it complained."""

    def run(*argv: str):
        def work() -> int:
            return dispatch.run(dispatch.find("grading", argv[0]), list(argv[1:]))

        code = dispatch.guarded(work, package="grading")
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture
def state():
    return GradingState.default()


def test_a_day_with_certificates(call, state, tmp_path) -> None:
    code, _, complaint = call("certify", "list")
    assert code == 0
    code, _, complaint = call("certify", "revoke", "2026-0001", "--reason", "x")
    assert code == 2 and "key new" in complaint
    code, out, _ = call("certify", "key", "new", "--name", "Test Centre", "--check-address",
                        "https://c.example/")  # fmt: skip
    assert code == 0 and "issuer.json" in out and "PRIVATE" not in out
    code, _, complaint = call("certify", "key", "new", "--name", "Again")
    assert code == 2 and "rotate" in complaint
    one = c.issue(state, achievement())
    code, out, _ = call("certify", "list", "--json")
    assert json.loads(out)["certificates"][0]["number"] == one.number
    code, out, _ = call("certify", "show", one.number, "--json")
    assert json.loads(out)["credential"]["name"].startswith("Certificate of completion")
    assert call("certify", "show", "2026-9999")[0] == 2
    code, out, _ = call("verify", str(one.pdf))
    assert code == 0 and "Valid: Certificate of completion" in out and "Test Person Reyes" in out
    code, out, _ = call("certify", "reissue", one.number, "--name", "Test Person Cruz", "--reason",
                        "name misspelt")  # fmt: skip
    assert code == 0 and "replaces" in out
    code, out, _ = call("verify", str(one.pdf), "--json")
    answer = json.loads(out)["answers"][0]
    assert code == 1 and answer["answer"] == "revoked" and answer["valid"] is False
    new = c.issued(state)[-1]
    code, out, _ = call("certify", "revoke", new.number, "--reason", "left the course")
    assert code == 0 and "is revoked" in out and "status.jwt" in out
    assert call("certify", "status")[0] == 0
    code, out, _ = call("certify", "page", str(tmp_path / "www"))
    assert code == 0 and "2 check pages" in out
    code, out, _ = call("certify", "key", "rotate", "--reason", "yearly")
    assert code == 0 and "retired" in out and "active" in out
    code, out, _ = call("certify", "settings", "--signer", "Test Signer", "--json")
    assert json.loads(out)["signer"] == "Test Signer"


def test_no_way_to_type_a_passphrase_on_the_command_line(call, monkeypatch, state) -> None:
    with pytest.raises(SystemExit):
        call("certify", "key", "new", "--name", "T", "--passphrase", "secret", "extra")
    monkeypatch.setenv(keys.PASSPHRASE, "from the environment")
    assert call("certify", "key", "new", "--name", "T", "--passphrase")[0] == 0
    monkeypatch.delenv(keys.PASSPHRASE)
    code, out, complaint = call("certify", "status")
    assert code == 1 and "passphrase" in complaint and "from the environment" not in out


def test_verify_with_pins_and_lists(call, state, tmp_path, monkeypatch) -> None:
    call("certify", "key", "new", "--name", "Test Centre")
    one = c.issue(state, achievement())
    folder = state.base / "certificates"
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "city"))
    code, out, _ = call("verify", str(one.pdf))
    assert code == 1 and "No issuer is pinned" in out
    code, out, _ = call("verify", str(one.pdf), "--issuer", str(folder / "issuer.json"))
    assert code == 1 and "Status unknown" in out
    code, out, _ = call("verify", "--pin", str(folder / "issuer.json"), "--status",
                        str(folder / "status.jwt"), str(one.pdf))  # fmt: skip
    assert code == 0 and "Pinned: Test Centre" in out and "fingerprint" in out
    assert call("verify", str(one.pdf), str(one.png))[0] == 0  # kept for later
    code, out, _ = call("verify", str(one.pdf), str(tmp_path / "none.pdf"))
    assert code == 1 and "does not exist" in out
    assert call("verify")[0] == 2
    assert call("verify", str(one.pdf), "--status", str(tmp_path / "none"))[0] == 2
    assert call("verify", str(one.pdf), "--issuer", str(one.pdf))[0] == 1


@pytest.mark.parametrize("way", ["fingerprint", "terminal"])
def test_an_issuer_is_compared_before_it_is_pinned(call, state, tmp_path, monkeypatch, way) -> None:
    from grading.certificates import issuer
    from grading.commands import verify as command

    call("certify", "key", "new", "--name", "Test Centre")
    call("certify", "key", "rotate")
    one = c.issue(state, achievement())
    folder = state.base / "certificates"
    document, status = str(folder / "issuer.json"), str(folder / "status.jwt")
    marks = [issuer.fingerprint(k.did) for k in issuer.read(folder / "issuer.json").keys]
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "city"))
    pin = ("verify", "--pin", document, "--status", status)
    assert call(*pin[:4], str(tmp_path / "none.jwt"))[0] == 2
    if way == "fingerprint":
        code, _, complaint = call(*pin, "--fingerprint", marks[1])
        assert code == 1 and marks[0] in complaint and "Nothing was pinned" in complaint
        yes = [x for mark in marks for x in ("--fingerprint", mark.upper().replace(" ", ""))]
        assert call("verify", str(one.pdf), "--fingerprint", marks[0])[0] == 2
    else:
        said: list[str] = []
        monkeypatch.setattr(command, "_at_a_terminal", lambda: True)
        monkeypatch.setattr("builtins.input", lambda _: said.pop())
        for answer in ("no", "", "y e s"):
            said.append(answer)
            code, out, _ = call(*pin, str(one.pdf))
            assert code == 1 and "Nothing was pinned" in out and all(m in out for m in marks)
        said.append("Yes ")
        yes = []
    assert not issuer.pin_folder().exists()
    code, out, _ = call(*pin, *yes, str(one.pdf))
    assert code == 0 and "Pinned: Test Centre" in out and "delete" not in out
    assert call("verify", str(one.pdf))[0] == 0
    assert call(*pin)[0] == 0  # known keys are not asked about again


def cohort_of(tmp_path: Path, rows: str) -> None:
    from grading import cohort

    path = tmp_path / "roster.csv"
    path.write_text("student_id,name,city,programme\n" + rows, encoding="utf-8")
    assert not cohort.add(GradingState.default().prepare(), path).problems


@pytest.mark.nbgrader
def test_who_has_earned_it_gets_one_and_nobody_else(call, tmp_path, state, monkeypatch) -> None:
    """The rule's own answer is turned round for one person; everything else is as it is."""
    from course.completion import Completion, Requirement
    from grading import completion

    cohort_of(
        tmp_path,
        "t1,Test One,Testville,wego_week\nt2,علی تست,تهران,wego_week\n"
        "t3,Test Three,Testville,self_paced\n",
    )
    (state.base / "submitted" / "t2" / "10_integrated_fares").mkdir(parents=True)
    real = completion.Records.completion

    def answer(self, who):
        if who != "t2":
            return real(self, who)
        met = Requirement(**{**real(self, who).requirements[0].__dict__, "met": True})
        return Completion(True, (met,))

    week = ("certify", "--programme", "wego_week", "--start", "2026-11-09")
    call("certify", "key", "new", "--name", "Test Centre")
    code, _, complaint = call("certify")
    assert code == 2 and "self_paced, wego_week" in complaint
    code, _, complaint = call("certify", "--programme", "wego_week")
    assert code == 2 and "--start" in complaint
    code, out, _ = call(*week, "--json")
    told = json.loads(out)
    assert code == 0 and told["issued"] == [] and len(told["not_complete"]) == 2
    assert told["not_complete"][0]["missing"]
    code, _, complaint = call(*week, "--student", "nobody")
    assert code == 1 and "nobody" in complaint
    assert c.issued(state) == []
    monkeypatch.setattr(completion.Records, "completion", answer)
    from course.actionplan.sample_plan import sample_data
    from grading.plans import marks
    from grading.plans.groups import find_group

    plan = state.base / "submitted" / "t2" / "13_action_plan" / "plan.json"
    plan.parent.mkdir(parents=True)
    plan.write_text(json.dumps(sample_data()))
    marks.mark(state, find_group(state, "t2"), "First", {"relevance": 15})
    dry = json.loads(call(*week, "--dry-run", "--json")[1])
    assert dry["would_issue"] == ["t2"] and dry["issued"] == [] and dry["notes"] == []
    plan.write_text(json.dumps(sample_data() | {"title": "Not the plan that was read"}))
    (note,) = json.loads(call(*week, "--dry-run", "--json")[1])["notes"]
    assert note["student_id"] == "t2" and "'Not the plan that was read'" in note["note"]
    told = json.loads(call(*week, "--json")[1])
    assert [i["student_id"] for i in told["issued"]] == ["t2"]
    again = json.loads(call(*week, "--json")[1])
    assert again["issued"] == [] and [i["student_id"] for i in again["issued_before"]] == ["t2"]
    stated = c.issued(state)[0].achievement
    assert stated.name == "علی تست" and stated.programme == "wego_week"
    assert stated.modules == ("10_integrated_fares", "13_action_plan")
    assert stated.start.isoformat() == "2026-11-09" and stated.timezone == "Asia/Seoul"
    monkeypatch.setattr(completion.Records, "completion", real)
    lost = json.loads(call(*week, "--json")[1])
    assert [i["student_id"] for i in lost["no_longer_complete"]] == ["t2"]
    assert call("verify", str(c.issued(state)[0].pdf))[0] == 0
    monkeypatch.setattr(completion.Records, "completion", answer)
    # a slip in the first day gives nobody a second paper, and no paper a wrong date
    code, _, complaint = call(*week[:4], "2026-11-10")
    assert code == 2 and "begins on a Monday" in complaint
    code, _, complaint = call(*week[:4], "2190-01-04")
    assert code == 2 and "has not come" in complaint
    code, out, _ = call(*week[:4], "2026-11-02")
    assert code == 1 and "2026-11-09" in out and "no other was issued" in out
    assert len(c.issued(state)) == 1
    c.revoke(state, c.issued(state)[0].number, reason="the first day was wrong")
    told = json.loads(call(*week[:4], "2026-11-02", "--json")[1])
    assert [i["student_id"] for i in told["issued"]] == ["t2"] and told["other_run"] == []


@pytest.mark.parametrize("modules", [[], ["10_integrated_fares"], ["14_new_one", "x"],
                                     [f"{n:02d}" for n in range(15)]])  # fmt: skip
def test_what_was_learned_is_always_three_short_lines(modules) -> None:
    lines = three_lines(modules)
    assert len(lines) == 3 and all(line.endswith(".") and len(line) <= 140 for line in lines)


def test_lines_of_a_run_name_everybody() -> None:
    told = batch.Told(missing=[batch.Standing("t1", "Test One", None, ("Points: 3 of 10",))],
                      failed=[("t2", "no name")])  # fmt: skip
    text = "\n".join(told.lines())
    assert "t1 Test One" in text and "t2: no name" in text and "Points" in text


def test_the_state_can_be_moved(state, tmp_path, monkeypatch) -> None:
    c.new_key(state, name="Test Centre")
    one = c.issue(state, achievement())
    shutil.copytree(state.base.parent, tmp_path / "moved")
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "moved"))
    moved = GradingState.default()
    assert c.issue(moved, achievement()).number == one.number
    assert c.issue(moved, achievement(student_id="t2")).number.endswith("-0002")
