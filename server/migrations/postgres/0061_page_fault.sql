-- Faults of the page that people reported: those with the same code are one row. Nothing says who reported them.
CREATE TABLE page_fault (
    code     TEXT COLLATE "C" PRIMARY KEY,
    build    TEXT NOT NULL,
    page     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    stack    TEXT NOT NULL,
    times    BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL
);
