-- What officers' questions look at, for any kind of entity (a read model). It takes the place of `need_index`; one server has the file
-- to itself, so nobody reads the old table any more.
--
-- `no` joins a row with its terms. It is a column, since VACUUM may number rows anew that have none.
CREATE TABLE projection (
    no         INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL,
    id         TEXT NOT NULL,
    region     INTEGER NOT NULL,
    topic      TEXT NOT NULL,
    stage      TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    text       TEXT NOT NULL,
    UNIQUE (kind, id)
) STRICT;
INSERT INTO projection (kind, id, region, topic, stage, updated_at, text)
    SELECT 'need', id, village, topic, stage, updated_at, words FROM need_index ORDER BY id;
DROP TABLE need_index;

-- The newest of the province, of a city and of a county, in their order. `region` and `stage` are tested in the index (covering index).
CREATE INDEX projection_by_time ON projection (kind, updated_at, id, region, stage);
CREATE INDEX projection_by_city ON projection (kind, region / 100000000, updated_at, id, region, stage);
CREATE INDEX projection_by_county ON projection (kind, region / 1000000, updated_at, id, region, stage);

-- The terms of a projection (inverted index): `ProjectionRow::terms`, each written as hexadecimal digits, which the tokenizer takes as they
-- are. Contentless: it keeps neither the terms' text nor their positions. Rows that are there already get their terms when the program
-- opens the file: SQL cannot make them.
CREATE VIRTUAL TABLE projection_terms USING fts5(
    terms, content='', contentless_delete=1, detail='none', tokenize='ascii'
);
