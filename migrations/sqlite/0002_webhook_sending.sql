-- Sending webhooks: pace, automatic switching off, asymmetric signatures, timing, partner links.

ALTER TABLE webhooks ADD COLUMN rate_per_second INTEGER;
ALTER TABLE webhooks ADD COLUMN disable_after_days INTEGER NOT NULL DEFAULT 5;
ALTER TABLE webhooks ADD COLUMN warned_percent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN warned_at TEXT;
ALTER TABLE webhooks ADD COLUMN public_key TEXT;
ALTER TABLE webhooks ADD COLUMN old_public_key TEXT;
ALTER TABLE attempts ADD COLUMN timing TEXT;

CREATE TABLE portal_links (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    webhook_id BLOB NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE,
    label TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT,
    used_at TEXT
) STRICT;
CREATE INDEX portal_links_by_webhook ON portal_links (webhook_id, id);
