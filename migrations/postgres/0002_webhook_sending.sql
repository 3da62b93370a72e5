-- Sending webhooks: pace, automatic switching off, asymmetric signatures, timing, partner links.

ALTER TABLE webhooks ADD COLUMN rate_per_second BIGINT;
ALTER TABLE webhooks ADD COLUMN disable_after_days BIGINT NOT NULL DEFAULT 5;
ALTER TABLE webhooks ADD COLUMN warned_percent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN warned_at TIMESTAMPTZ;
ALTER TABLE webhooks ADD COLUMN public_key TEXT;
ALTER TABLE webhooks ADD COLUMN old_public_key TEXT;
ALTER TABLE attempts ADD COLUMN timing JSONB;

CREATE TABLE portal_links (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    webhook_id UUID NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    token_hash BYTEA NOT NULL UNIQUE,
    label TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    used_at TIMESTAMPTZ
);
CREATE INDEX portal_links_by_webhook ON portal_links (webhook_id, id);
