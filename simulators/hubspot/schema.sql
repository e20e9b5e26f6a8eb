-- The HubSpot account's state. Times are whole milliseconds since 1970.
CREATE TABLE IF NOT EXISTS hs_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hs_app (
    client_id TEXT PRIMARY KEY, client_secret TEXT NOT NULL, app_id INTEGER NOT NULL, name TEXT NOT NULL,
    redirect_uris TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hs_token (
    token TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, scopes TEXT NOT NULL, app_id INTEGER NOT NULL,
    client_id TEXT, user_email TEXT NOT NULL, expires INTEGER, extra TEXT NOT NULL DEFAULT '{}'
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hs_owner (
    id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, email TEXT NOT NULL, first_name TEXT NOT NULL,
    last_name TEXT NOT NULL, archived INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS hs_object_type (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, plural TEXT NOT NULL, body TEXT NOT NULL,
    archived INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hs_property (
    type_id TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, archived INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (type_id, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hs_group (
    type_id TEXT NOT NULL, name TEXT NOT NULL, label TEXT NOT NULL, display_order INTEGER NOT NULL,
    archived INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (type_id, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hs_pipeline (
    type_id TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (type_id, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hs_record (
    id INTEGER PRIMARY KEY, type_id TEXT NOT NULL, properties TEXT NOT NULL, created INTEGER NOT NULL,
    modified INTEGER NOT NULL, archived INTEGER NOT NULL DEFAULT 0, archived_at INTEGER
);
CREATE INDEX IF NOT EXISTS hs_record_modified ON hs_record (type_id, archived, modified, id);
CREATE INDEX IF NOT EXISTS hs_record_type ON hs_record (type_id, archived, id);
-- Values that calls look records up by (see records.indexed_names); of live records only.
CREATE TABLE IF NOT EXISTS hs_value (
    type_id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, record_id INTEGER NOT NULL,
    PRIMARY KEY (type_id, name, value, record_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS hs_value_record ON hs_value (record_id);
-- One row a write, not one a property: history is written often and read seldom.
CREATE TABLE IF NOT EXISTS hs_history (
    record_id INTEGER NOT NULL, at INTEGER NOT NULL, changes TEXT NOT NULL, source TEXT NOT NULL,
    PRIMARY KEY (record_id, at)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hs_association_type (
    from_type TEXT NOT NULL, to_type TEXT NOT NULL, category TEXT NOT NULL, type_id INTEGER NOT NULL,
    name TEXT NOT NULL, label TEXT, inverse_id INTEGER NOT NULL, is_default INTEGER NOT NULL DEFAULT 0,
    max_to INTEGER, PRIMARY KEY (from_type, to_type, category, type_id)
) WITHOUT ROWID;
-- Both directions are stored; record ids are unique across types.
CREATE TABLE IF NOT EXISTS hs_association (
    from_id INTEGER NOT NULL, to_type TEXT NOT NULL, to_id INTEGER NOT NULL, category TEXT NOT NULL,
    type_id INTEGER NOT NULL, from_type TEXT NOT NULL,
    PRIMARY KEY (from_id, to_type, to_id, category, type_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hs_list (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, type_id TEXT NOT NULL, processing_type TEXT NOT NULL,
    filter_branch TEXT, version INTEGER NOT NULL DEFAULT 1, created INTEGER NOT NULL, updated INTEGER NOT NULL,
    deleted INTEGER
);
CREATE UNIQUE INDEX IF NOT EXISTS hs_list_name ON hs_list (lower(name)) WHERE deleted IS NULL;
CREATE TABLE IF NOT EXISTS hs_membership (
    list_id INTEGER NOT NULL, record_id INTEGER NOT NULL, added INTEGER NOT NULL,
    PRIMARY KEY (list_id, record_id)
) WITHOUT ROWID;
