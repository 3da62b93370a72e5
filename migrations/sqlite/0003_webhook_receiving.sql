-- Channels through which providers tell of changes, and which end by themselves. Their secrets are sealed credentials, named after them.
CREATE TABLE channels (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id BLOB NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    resource TEXT NOT NULL,
    state TEXT NOT NULL,
    external_id TEXT,
    resource_id TEXT,
    expires_at TEXT,
    renew_at TEXT NOT NULL,
    failures INTEGER NOT NULL,
    error TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX channels_by_integration ON channels (integration_id, id);
CREATE INDEX channels_by_renewal ON channels (state, renew_at);

-- Which connection an account of a provider belongs to, as the provider itself has said when it was connected: for messages to an
-- address that all connections share.
CREATE TABLE provider_accounts (
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    integration_id BLOB NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    known_since TEXT NOT NULL,
    PRIMARY KEY (provider, account, integration_id)
) STRICT;
CREATE INDEX provider_accounts_by_integration ON provider_accounts (integration_id);

-- Moments to remember over a restart, such as when messages could last be taken in.
CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    at TEXT NOT NULL
) STRICT;

-- What came in by state: what nobody is meant by is looked for over all organizations.
CREATE INDEX inbound_events_by_state ON inbound_events (state, id);

-- Messages of which nothing, or only so many, is kept: refused ones, and those that came twice. Counted per day.
CREATE TABLE inbound_counts (
    provider TEXT NOT NULL,
    integration_id BLOB NOT NULL,
    day TEXT NOT NULL,
    outcome TEXT NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (integration_id, provider, day, outcome)
) STRICT;
