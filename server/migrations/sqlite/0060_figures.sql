-- What entities count as (facts), and how many facts there are by region (tallies). Facts of an entity are deleted and inserted as a whole
-- in its transaction; the tallies they touch are summed up again in the same one, villages from facts, towns from villages, counties from
-- towns. Nothing is ever added to a number. Entities that are there already get theirs when the program opens the file.
CREATE TABLE fact (
    kind     TEXT NOT NULL,
    id       TEXT NOT NULL,
    name     TEXT NOT NULL,
    region   INTEGER NOT NULL,
    -- The first day on which it counts; 0 for always.
    from_day INTEGER NOT NULL,
    PRIMARY KEY (kind, id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_by_name ON fact (kind, name, region, from_day, id);

-- level: 3 county, 4 town, 5 village; what lies above stands at its own code.
CREATE TABLE tally (
    level    INTEGER NOT NULL,
    region   INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    from_day INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (level, region, kind, name, from_day)
) STRICT, WITHOUT ROWID;
