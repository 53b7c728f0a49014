"""What was planned and reported is only ever added to: the database refuses the rest."""

from alembic import op

revision = "0002"
down_revision = "0001"

# Table -> columns by which SQLite's "INSERT OR REPLACE" could otherwise swap a row.
KEPT = {
    "plan_versions": (("plan_id", "number"),),
    "activities": (("version_id", "number"),),
    "milestones": (("version_id", "day"),),
    "plan_tables": (("version_id", "frame"),),
    "reports": (("corrects_id",), ("plan_id", "file_sha256")),
    "activity_statuses": (("report_id", "number"),),
    "evidence": (),
    "obstacles": (),
    "kpi_values": (),
    "table_states": (("report_id", "frame"),),
    "reminders": (("plan_id", "day", "number"),),
}
SAID = "rows of {} are never changed or deleted; add a correction"


def upgrade() -> None:
    """Add the triggers."""
    if op.get_bind().dialect.name == "postgresql":
        _postgresql()
    else:
        _sqlite()


def _sqlite() -> None:
    for table, keys in KEPT.items():
        said = SAID.format(table)
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
            )
        same = [" AND ".join(f"{c} = NEW.{c}" for c in key) for key in (("id",), *keys)]
        if table == "reports":
            same.append("plan_id = NEW.plan_id AND day = NEW.day AND corrects_id IS NULL "
                        "AND NEW.corrects_id IS NULL")  # fmt: skip
        found = " OR ".join(f"({words})" for words in same)
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {found}) "
            f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )


def _postgresql() -> None:
    op.execute(
        "CREATE FUNCTION followup_only_added() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'rows of % are never changed or deleted; add a correction', "
        "TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION followup_only_added()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION followup_only_added()"
        )
