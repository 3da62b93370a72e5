-- Signing in at providers ----------------------------------------------------

-- Sign-ins that people are in the middle of. One is used once, within minutes.
CREATE TABLE oauth_states (
    state_hash BYTEA PRIMARY KEY,
    organization_id UUID REFERENCES organizations (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    provider TEXT NOT NULL,
    binding TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX oauth_states_by_expiry ON oauth_states (expires_at);

-- When the token is renewed next, and by when a person has to connect again.
ALTER TABLE integrations ADD COLUMN refresh_at TIMESTAMPTZ;
ALTER TABLE integrations ADD COLUMN reconnect_by TIMESTAMPTZ;
CREATE INDEX integrations_by_refresh ON integrations (refresh_at);
