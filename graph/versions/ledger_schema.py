"""The SQL schema of the ledger. Its tables are append-only."""

from typing import Final

from ontology import iris

SCHEMA_VERSION: Final = 2

_TABLES: Final = """
CREATE TABLE submission (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  received TEXT NOT NULL,
  who TEXT NOT NULL,
  source TEXT NOT NULL,
  licence TEXT,
  media_type TEXT NOT NULL,
  file_name TEXT NOT NULL,
  data BLOB NOT NULL,
  operation TEXT NOT NULL DEFAULT 'contribution'
    CHECK (operation IN ('contribution', 'update', 'put', 'post', 'delete')),
  target TEXT,
  parameters TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE attempt (
  number INTEGER NOT NULL REFERENCES submission,
  begun TEXT NOT NULL
) STRICT;

CREATE TABLE decision (
  number INTEGER PRIMARY KEY REFERENCES submission,
  decided TEXT NOT NULL,
  accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
  code TEXT,
  problem TEXT,
  report TEXT,
  version TEXT NOT NULL
) STRICT;

CREATE TABLE version (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  parent TEXT,
  release TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('release', 'contribution', 'replay', 'retraction')),
  number INTEGER REFERENCES submission,
  made TEXT NOT NULL,
  added BLOB NOT NULL,
  removed BLOB NOT NULL,
  added_count INTEGER NOT NULL,
  removed_count INTEGER NOT NULL
) STRICT;

CREATE INDEX version_id ON version (id);

CREATE TABLE retraction (
  number INTEGER PRIMARY KEY REFERENCES submission,
  who TEXT NOT NULL,
  retracted TEXT NOT NULL,
  version TEXT NOT NULL
) STRICT;

CREATE TABLE unapplied (
  position INTEGER NOT NULL REFERENCES version,
  number INTEGER NOT NULL REFERENCES submission,
  report TEXT NOT NULL,
  PRIMARY KEY (position, number)
) STRICT;
"""

_HOLDING: Final = """
CREATE TABLE holding (
  graph TEXT PRIMARY KEY,
  who TEXT NOT NULL,
  number INTEGER NOT NULL REFERENCES submission
) STRICT;
"""


def _triggers(*tables: str) -> str:
    return "".join(
        f"CREATE TRIGGER {table}_is_never_{action.lower()}d BEFORE {action} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;\n"
        for table in tables
        for action in ("UPDATE", "DELETE")
    )


SCRIPT: Final = f"""
PRAGMA journal_mode = WAL;
BEGIN;
{_TABLES}
{_HOLDING}
{_triggers("submission", "attempt", "decision", "version", "retraction", "unapplied", "holding")}
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""

# Statements that migrate a file of each earlier schema version to the next one, within one transaction.
MIGRATIONS: Final = {
    1: (
        "ALTER TABLE submission ADD COLUMN operation TEXT NOT NULL DEFAULT 'contribution' "
        "CHECK (operation IN ('contribution', 'update', 'put', 'post', 'delete'))",
        "ALTER TABLE submission ADD COLUMN target TEXT",
        "ALTER TABLE submission ADD COLUMN parameters TEXT NOT NULL DEFAULT '{}'",
        _HOLDING,
        f"INSERT INTO holding (graph, who, number) SELECT '{iris.graph('contribution/').value}' || number, who, number "  # noqa: S608
        "FROM submission JOIN decision USING (number) WHERE accepted = 1",
        *(f"{trigger}END" for trigger in _triggers("holding").split("END;\n") if trigger),
    ),
}
