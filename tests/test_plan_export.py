"""The plan as a trainee exports it: of their own city, as a draft too, and nothing lost."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from course import actionplan
from course.actionplan import storing
from course.actionplan.reading import draft_from
from course.actionplan.sample_plan import sample_data
from course.documents import office_file
from course.errors import CourseError, UsageError
from tests.key_cases import bundled


@pytest.fixture()
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a trainee's folder of module 13, with Iloilo open."""
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("COURSE_CITY", "iloilo")
    made = tmp_path / "modules" / "13_action_plan"
    made.mkdir(parents=True)
    write(made, sample_data(bundled("iloilo")))
    return made


def write(folder: Path, data: dict[str, Any]) -> None:
    storing.write_plan(folder / "plan.json", draft_from(data).data)


def pictures(file: Path) -> int:
    with zipfile.ZipFile(file) as parts:
        return sum(name.startswith("word/media/") for name in parts.namelist())


def words(file: Path) -> str:
    document = Document(str(file))
    heads = [p.text for s in document.sections for p in s.header.paragraphs]
    return "\n".join([*(p.text for p in document.paragraphs), *heads])


def test_the_map_is_of_the_open_city_and_never_of_another_one(folder, capsys):
    with_map = pictures(actionplan.export("docx", folder=folder))
    assert with_map >= 1 and capsys.readouterr().out == ""
    write(folder, sample_data(bundled("iloilo")) | {"city": "Testville"})
    file = actionplan.export("docx", folder=folder)
    assert pictures(file) == with_map - 1
    assert "the plan is of another city than Iloilo" in capsys.readouterr().out


def test_what_was_changed_by_hand_is_kept_and_what_was_not_is_replaced(folder, capsys):
    file = actionplan.export("docx", folder=folder)
    assert office_file.as_written(file)
    write(folder, sample_data(bundled("iloilo")) | {"title": "A second title of the plan"})
    assert actionplan.export("docx", folder=folder) == file
    assert "A second title of the plan" in words(file)
    for number in (1, 2):  # as an office program saves it
        document = Document(str(file))
        document.add_paragraph(f"The mayor's own sentence {number}")
        document.save(str(file))
        capsys.readouterr()
        actionplan.export("docx", folder=folder)
        assert f"action_plan.changed-{number}.docx" in capsys.readouterr().out
        assert office_file.as_written(file) and "own sentence" not in words(file)
        kept = folder / f"action_plan.changed-{number}.docx"
        assert f"own sentence {number}" in words(kept)
    names = {p.name for p in folder.iterdir() if p.suffix == ".docx"}
    assert names == {file.name, "action_plan.changed-1.docx", "action_plan.changed-2.docx"}


def test_a_plan_with_gaps_is_a_draft_and_says_so(folder, capsys):
    write(folder, sample_data(bundled("iloilo")) | {"risks": []})
    file = actionplan.export("docx", folder=folder)
    assert "DRAFT" in words(file)
    said = capsys.readouterr().out
    assert "marked DRAFT: 1 field is open" in said and "actionplan.check()" in said


def test_what_cannot_be_written_is_told_and_leaves_nothing_behind(folder):
    (folder / "action_plan.docx").write_bytes(b"no office file")
    before = sorted(folder.iterdir())
    with pytest.raises(UsageError):
        actionplan.export("pdf", folder=folder)
    with pytest.raises(CourseError, match="is not there"):
        actionplan.export("docx", folder=folder, pictures=["gone.png"])
    assert sorted(folder.iterdir()) == before  # the hand-made file was not moved for nothing


def test_a_programme_without_a_plan_opens_the_form_all_the_same(tmp_path, monkeypatch):
    from course.programme import Programme

    path = Programme.open("self_paced").path
    text = path.read_text("utf-8").replace("id: self_paced", "id: no_plan", 1)
    head, rule, rest = text.partition("rule:\n")
    rest = "\n".join(line for line in rest.split("\n") if not line.startswith("  plan:"))
    (tmp_path / "no_plan.yml").write_text(head + rule + "  plan: null\n" + rest, "utf-8")
    monkeypatch.setenv("COURSE_PROGRAMMES", str(tmp_path))
    monkeypatch.setenv("COURSE_PROGRAMME", "no_plan")
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    assert Programme.open().plan is None
    assert actionplan.load(bundled("iloilo"), folder=tmp_path).kind == "action_plan"
