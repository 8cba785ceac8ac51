-- What the server keeps. Times are milliseconds since 1970 UTC; identifiers are text as on the wire.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A feed's version is raised once in every transaction that touches it.
CREATE TABLE feed (
    name TEXT PRIMARY KEY,
    ver  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Everything that is synchronised. `public` is there only while some feed shows the public view.
CREATE TABLE entity (
    kind   TEXT NOT NULL,
    id     TEXT NOT NULL,
    rev    INTEGER NOT NULL,
    body   TEXT NOT NULL,
    public TEXT,
    PRIMARY KEY (kind, id)
) STRICT;

-- Which feed shows what, since which version of the feed. view: 0 gone, 1 public, 2 full.
CREATE TABLE placement (
    feed TEXT NOT NULL,
    kind TEXT NOT NULL,
    id   TEXT NOT NULL,
    ver  INTEGER NOT NULL,
    view INTEGER NOT NULL,
    PRIMARY KEY (feed, kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX placement_by_version ON placement (feed, ver, kind, id, view);

-- What city and province officers search in, since they keep no replica.
CREATE TABLE need_index (
    id         TEXT PRIMARY KEY,
    village    INTEGER NOT NULL,
    topic      TEXT NOT NULL,
    stage      TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    words      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX need_index_by_time ON need_index (updated_at DESC, id DESC);

CREATE TABLE client (
    id       TEXT PRIMARY KEY,
    user     TEXT NOT NULL,
    last_seq INTEGER NOT NULL,
    seen_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One durable verdict per mutation, for ever.
CREATE TABLE verdict (
    mutation TEXT PRIMARY KEY,
    client   TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    verdict  TEXT NOT NULL,
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX verdict_by_client ON verdict (client, seq);

-- Who changed what, when by the server, from which device, before and after.
CREATE TABLE audit (
    no       INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    user     TEXT,
    client   TEXT,
    mutation TEXT,
    command  TEXT NOT NULL,
    kind     TEXT NOT NULL,
    id       TEXT NOT NULL,
    before   TEXT,
    after    TEXT
) STRICT;
CREATE INDEX audit_by_entity ON audit (kind, id, no);

CREATE TABLE user (
    id         TEXT PRIMARY KEY,
    phone      TEXT NOT NULL UNIQUE,
    password   TEXT NOT NULL,
    actor      TEXT NOT NULL,
    active     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Only the SHA-256 of a session's secret is stored.
CREATE TABLE session (
    token      BLOB PRIMARY KEY,
    user       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    touched_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_user ON session (user);

CREATE TABLE region (
    code       INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    valid_from TEXT,
    valid_to   TEXT,
    successor  INTEGER
) STRICT;
