"""The history of the database's tables, one numbered file a step, run by Alembic."""
