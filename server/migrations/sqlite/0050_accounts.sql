-- Accounts from above: who opened one, what it is found by, and who has been invited to it.
--
-- `kind`, `region`, `org`, `department` and `text` are what lists are filtered by, computed from the actor whenever an account is written.
ALTER TABLE user ADD COLUMN creator TEXT;
ALTER TABLE user ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE user ADD COLUMN region INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN org TEXT NOT NULL DEFAULT '';
ALTER TABLE user ADD COLUMN department TEXT NOT NULL DEFAULT '';
ALTER TABLE user ADD COLUMN text TEXT NOT NULL DEFAULT '';
UPDATE user SET
    kind = CASE
        WHEN json_type(actor, '$.role.village') IS NOT NULL THEN 'village'
        WHEN json_type(actor, '$.role.bureau') IS NOT NULL THEN 'bureau'
        WHEN json_type(actor, '$.role.member') IS NOT NULL THEN 'member'
        ELSE 'administrator' END,
    region = CAST(coalesce(json_extract(actor, '$.role.village.place.village'),
        json_extract(actor, '$.role.bureau.region'),
        CASE WHEN json_type(actor, '$.role.member') IS NOT NULL THEN '999999999999' ELSE '0' END) AS INTEGER),
    org = coalesce(json_extract(actor, '$.role.member.org'), ''),
    department = coalesce(json_extract(actor, '$.role.bureau.department'), ''),
    text = lower(coalesce(json_extract(actor, '$.name'), '') || ' ' || phone || ' '
        || coalesce(json_extract(actor, '$.role.village.place.county_name'), '')
        || coalesce(json_extract(actor, '$.role.village.place.town_name'), '')
        || coalesce(json_extract(actor, '$.role.village.place.village_name'), '')
        || coalesce(json_extract(actor, '$.role.bureau.region_name'), '')
        || coalesce(json_extract(actor, '$.role.member.org_name'), ''));
CREATE INDEX user_by_region ON user (kind, region, id);
CREATE INDEX user_by_org ON user (org, region, id);

-- One open invitation for an account. Only a slow hash of its code is stored; a used or replaced one is gone.
CREATE TABLE invitation (
    user       TEXT PRIMARY KEY,
    code       BLOB NOT NULL UNIQUE,
    issuer     TEXT NOT NULL,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What kind of device, in words: nothing that tells one device from another of its kind.
ALTER TABLE session ADD COLUMN device TEXT NOT NULL DEFAULT '';

-- The keys of data that a PIN seals on a device, for whoever has forgotten it and knows the password.
CREATE TABLE data_key (
    user   TEXT NOT NULL,
    device TEXT NOT NULL,
    key    BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user, device)
) STRICT, WITHOUT ROWID;
