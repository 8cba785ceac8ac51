-- What entities count as (facts), and how many facts there are by region (tallies). Facts of an entity are deleted and inserted as a whole
-- in its transaction; the tallies they touch are summed up again in the same one, villages from facts, towns from villages, counties from
-- towns. Nothing is ever added to a number. Entities that are there already get theirs when the program opens the database.
CREATE TABLE fact (
    kind     TEXT COLLATE "C" NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    name     TEXT COLLATE "C" NOT NULL,
    region   BIGINT NOT NULL,
    -- The first day on which it counts; 0 for always.
    from_day BIGINT NOT NULL,
    PRIMARY KEY (kind, id, name)
);
CREATE INDEX fact_by_name ON fact (kind, name, region, from_day, id);

-- level: 3 county, 4 town, 5 village; what lies above stands at its own code.
CREATE TABLE tally (
    level    BIGINT NOT NULL,
    region   BIGINT NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    name     TEXT COLLATE "C" NOT NULL,
    from_day BIGINT NOT NULL,
    n        BIGINT NOT NULL,
    PRIMARY KEY (level, region, kind, name, from_day)
) WITH (fillfactor = 70);
