-- Faults of the page that people reported: those with the same code are one row. Nothing says who reported them.
CREATE TABLE page_fault (
    code     TEXT PRIMARY KEY,
    build    TEXT NOT NULL,
    page     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    stack    TEXT NOT NULL,
    times    INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
