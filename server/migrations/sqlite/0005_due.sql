-- What happens by itself, and when: jobs of entities, as each says of itself (domain::jobs). Written with the entity.
CREATE TABLE due (
    kind TEXT NOT NULL,
    id   TEXT NOT NULL,
    job  TEXT NOT NULL,
    at   INTEGER NOT NULL,
    PRIMARY KEY (kind, id, job)
) STRICT, WITHOUT ROWID;
CREATE INDEX due_by_time ON due (at);
