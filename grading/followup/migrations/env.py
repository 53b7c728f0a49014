"""Alembic's entry: the connection comes from the caller, there is no alembic.ini."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # SQLite can undo DDL too, when nobody commits in between
    transactional_ddl=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
