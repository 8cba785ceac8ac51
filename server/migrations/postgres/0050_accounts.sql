-- Accounts from above: who opened one, what it is found by, and who has been invited to it.
--
-- `kind`, `region`, `org`, `department` and `text` are what lists are filtered by, computed from the actor whenever an account is written.
ALTER TABLE "user"
    ADD COLUMN creator TEXT,
    ADD COLUMN kind TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN region BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN org TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN department TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN text TEXT NOT NULL DEFAULT '';
UPDATE "user" SET
    kind = CASE
        WHEN actor::jsonb #> '{role,village}' IS NOT NULL THEN 'village'
        WHEN actor::jsonb #> '{role,bureau}' IS NOT NULL THEN 'bureau'
        WHEN actor::jsonb #> '{role,member}' IS NOT NULL THEN 'member'
        ELSE 'administrator' END,
    region = coalesce(actor::jsonb #>> '{role,village,place,village}',
        actor::jsonb #>> '{role,bureau,region}',
        CASE WHEN actor::jsonb #> '{role,member}' IS NOT NULL THEN '999999999999' ELSE '0' END)::bigint,
    org = coalesce(actor::jsonb #>> '{role,member,org}', ''),
    department = coalesce(actor::jsonb #>> '{role,bureau,department}', ''),
    text = lower(coalesce(actor::jsonb #>> '{name}', '') || ' ' || phone || ' '
        || coalesce(actor::jsonb #>> '{role,village,place,county_name}', '')
        || coalesce(actor::jsonb #>> '{role,village,place,town_name}', '')
        || coalesce(actor::jsonb #>> '{role,village,place,village_name}', '')
        || coalesce(actor::jsonb #>> '{role,bureau,region_name}', '')
        || coalesce(actor::jsonb #>> '{role,member,org_name}', ''));
CREATE INDEX user_by_region ON "user" (kind, region, id);
CREATE INDEX user_by_org ON "user" (org, region, id);

-- One open invitation for an account. Only a slow hash of its code is stored; a used or replaced one is gone.
CREATE TABLE invitation (
    "user"     TEXT COLLATE "C" PRIMARY KEY,
    code       BYTEA NOT NULL UNIQUE,
    issuer     TEXT NOT NULL,
    issued_at  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- What kind of device, in words: nothing that tells one device from another of its kind.
ALTER TABLE session ADD COLUMN device TEXT NOT NULL DEFAULT '';

-- The keys of data that a PIN seals on a device, for whoever has forgotten it and knows the password.
CREATE TABLE data_key (
    "user"   TEXT COLLATE "C" NOT NULL,
    device TEXT COLLATE "C" NOT NULL,
    key    BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY ("user", device)
);
