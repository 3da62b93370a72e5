-- Signing in at providers ----------------------------------------------------

-- Sign-ins that people are in the middle of. One is used once, within minutes.
CREATE TABLE oauth_states (
    state_hash BLOB PRIMARY KEY,
    organization_id BLOB REFERENCES organizations (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    provider TEXT NOT NULL,
    binding TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX oauth_states_by_expiry ON oauth_states (expires_at);

-- When the token is renewed next, and by when a person has to connect again.
ALTER TABLE integrations ADD COLUMN refresh_at TEXT;
ALTER TABLE integrations ADD COLUMN reconnect_by TEXT;
CREATE INDEX integrations_by_refresh ON integrations (refresh_at);

-- Which event goes to which channel, in which words.
CREATE TABLE chat_rules (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id BLOB NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    event TEXT NOT NULL,
    filter TEXT,
    channel TEXT,
    channel_name TEXT,
    template TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    posted_at TEXT,
    error TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX chat_rules_by_organization ON chat_rules (organization_id, event);
