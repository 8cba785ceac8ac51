-- What officers' questions look at, for any kind of entity (a read model). It takes the place of `need_index`, at once and not a
-- release later: no release has run on PostgreSQL yet.
--
-- `terms` is what `ProjectionRow::terms` makes (inverted index). Rows that are there already have none until the program opens the database:
-- SQL cannot make them.
CREATE TABLE projection (
    kind       TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    region     BIGINT NOT NULL,
    topic      TEXT COLLATE "C" NOT NULL,
    stage      TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL,
    text       TEXT COLLATE "C" NOT NULL,
    terms      TEXT[] COLLATE "C",
    PRIMARY KEY (kind, id)
) WITH (toast_tuple_target = 1024);
-- Terms are read by the index alone, so they lie apart (TOAST); the text is looked at often and stays in the row.
ALTER TABLE projection ALTER text SET STORAGE MAIN;
INSERT INTO projection (kind, id, region, topic, stage, updated_at, text)
    SELECT 'need', id, village, topic, stage, updated_at, words FROM need_index;
DROP TABLE need_index;

-- The newest of the province, of a city and of a county, in their order.
CREATE INDEX projection_by_time ON projection (kind, updated_at, id);
CREATE INDEX projection_by_city ON projection (kind, (region / 100000000), updated_at, id);
CREATE INDEX projection_by_county ON projection (kind, (region / 1000000), updated_at, id);

-- New rows wait in a list that every search reads and that some writer has to merge into the index: a short one keeps both quick.
CREATE INDEX projection_terms ON projection USING gin (terms) WITH (gin_pending_list_limit = 512);
