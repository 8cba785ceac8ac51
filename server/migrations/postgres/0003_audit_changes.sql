-- What a command changed, instead of the whole body before and after (storage/difference.rs). Entries that are there stay whole.
ALTER TABLE audit ADD COLUMN change TEXT;
