-- Where a change belongs, whether it was refused, and the hash chain of each server's entries (storage/chain.rs).
ALTER TABLE audit ADD COLUMN region BIGINT;
ALTER TABLE audit ADD COLUMN refused TEXT;
ALTER TABLE audit ADD COLUMN lane TEXT;
ALTER TABLE audit ADD COLUMN link BIGINT;
ALTER TABLE audit ADD COLUMN hash TEXT;
UPDATE audit SET region = (SELECT p.region FROM projection p WHERE p.kind = audit.kind AND p.id = audit.id);
CREATE UNIQUE INDEX audit_by_lane ON audit (lane, link) WHERE lane IS NOT NULL;
CREATE INDEX audit_by_county ON audit ((region / 1000000), no);
CREATE INDEX audit_by_city ON audit ((region / 100000000), no);
CREATE INDEX audit_by_user ON audit ("user", no);
