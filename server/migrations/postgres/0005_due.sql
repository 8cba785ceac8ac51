-- What happens by itself, and when: jobs of entities, as each says of itself (domain::jobs). Written with the entity.
CREATE TABLE due (
    kind TEXT COLLATE "C" NOT NULL,
    id   TEXT COLLATE "C" NOT NULL,
    job  TEXT COLLATE "C" NOT NULL,
    at   BIGINT NOT NULL,
    PRIMARY KEY (kind, id, job)
);
CREATE INDEX due_by_time ON due (at);
