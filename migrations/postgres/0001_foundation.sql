-- Accounts ------------------------------------------------------------------

CREATE TABLE organizations (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    settings JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE users (
    id UUID PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT,
    kind TEXT NOT NULL,
    theme TEXT,
    time_zone TEXT,
    locale TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE memberships (
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE invitations (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    invited_by UUID,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    accepted_at TIMESTAMPTZ
);
CREATE INDEX invitations_by_organization ON invitations (organization_id, created_at);

CREATE TABLE password_resets (
    token_hash BYTEA PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    organization_id UUID REFERENCES organizations (id) ON DELETE SET NULL,
    data JSONB NOT NULL,
    user_agent TEXT,
    address TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    key_hash BYTEA NOT NULL UNIQUE,
    scopes JSONB NOT NULL,
    allowed_networks JSONB NOT NULL,
    created_by UUID,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ,
    last_used_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ
);
CREATE INDEX api_keys_by_organization ON api_keys (organization_id, created_at);

CREATE TABLE throttles (
    name TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    window_until TIMESTAMPTZ NOT NULL,
    blocked_until TIMESTAMPTZ
);

CREATE TABLE idempotency_keys (
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    idempotency_key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    status BIGINT,
    headers JSONB,
    body BYTEA,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organization_id, idempotency_key)
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

CREATE TABLE audit_heads (
    organization_id UUID PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL
);

CREATE TABLE activity (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id UUID,
    actor_name TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_kind TEXT,
    subject_id UUID,
    integration_id UUID,
    provider TEXT,
    success BOOLEAN NOT NULL,
    message TEXT NOT NULL,
    duration_ms BIGINT,
    address TEXT,
    details JSONB,
    trace_id UUID,
    previous_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    UNIQUE (organization_id, seq)
);
CREATE INDEX activity_by_organization ON activity (organization_id, id);
CREATE INDEX activity_by_integration ON activity (integration_id, id);

CREATE TABLE notifications (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    level TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    link TEXT,
    dedupe_key TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    read_at TIMESTAMPTZ,
    UNIQUE (organization_id, dedupe_key)
);
CREATE INDEX notifications_by_organization ON notifications (organization_id, id);

-- Vault and queue -----------------------------------------------------------

CREATE TABLE vault_keys (
    id TEXT PRIMARY KEY,
    wrapped_key BYTEA NOT NULL,
    wrapped_by TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    retired_at TIMESTAMPTZ
);

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until TIMESTAMPTZ NOT NULL
);

CREATE TABLE tasks (
    id UUID PRIMARY KEY,
    organization_id UUID,
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    lane TEXT NOT NULL,
    dedupe_key TEXT,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    run_at TIMESTAMPTZ NOT NULL,
    lease_until TIMESTAMPTZ,
    lease_owner TEXT,
    last_error TEXT,
    trace_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (queue, dedupe_key)
);
CREATE INDEX tasks_by_due ON tasks (queue, state, run_at);
CREATE INDEX tasks_by_lease ON tasks (lease_until) WHERE state = 'leased';

CREATE TABLE workers (
    id TEXT PRIMARY KEY,
    started_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    version TEXT NOT NULL
);

-- Integrations --------------------------------------------------------------

CREATE TABLE integrations (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    owner_kind TEXT NOT NULL,
    owner_id UUID,
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    auth_type TEXT NOT NULL,
    status TEXT NOT NULL,
    reason JSONB,
    account TEXT,
    config JSONB NOT NULL,
    granted_scopes JSONB NOT NULL,
    missing_scopes JSONB NOT NULL,
    sync_enabled BOOLEAN NOT NULL,
    sync_interval_s BIGINT NOT NULL,
    next_sync_at TIMESTAMPTZ,
    last_synced_at TIMESTAMPTZ,
    connected_at TIMESTAMPTZ,
    last_used_at TIMESTAMPTZ,
    last_success_at TIMESTAMPTZ,
    last_error TEXT,
    last_error_at TIMESTAMPTZ,
    health_status TEXT NOT NULL,
    last_health_check_at TIMESTAMPTZ,
    failures_in_a_row BIGINT NOT NULL,
    token_expires_at TIMESTAMPTZ,
    quota JSONB,
    throttled_until TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX integrations_by_organization ON integrations (organization_id, provider);

CREATE TABLE credentials (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id UUID NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    key_id TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    version BIGINT NOT NULL,
    expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    UNIQUE (integration_id, name)
);
CREATE INDEX credentials_by_key ON credentials (key_id);

CREATE TABLE health_checks (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id UUID NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    success BOOLEAN NOT NULL,
    code TEXT,
    message TEXT,
    latency_ms BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX health_checks_by_integration ON health_checks (integration_id, at);

CREATE TABLE mappings (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id UUID NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    object TEXT NOT NULL,
    version BIGINT NOT NULL,
    direction TEXT NOT NULL,
    rules JSONB NOT NULL,
    note TEXT,
    created_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (integration_id, object, version)
);

-- Sync ----------------------------------------------------------------------

CREATE TABLE sync_runs (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id UUID NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    state TEXT NOT NULL,
    since TIMESTAMPTZ,
    object TEXT,
    pages BIGINT NOT NULL,
    records BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    http_ms BIGINT NOT NULL,
    throttled_until TIMESTAMPTZ,
    next_try_at TIMESTAMPTZ,
    error_code TEXT,
    error TEXT,
    cancel_requested BOOLEAN NOT NULL,
    requested_by TEXT NOT NULL,
    trace_id UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    heartbeat_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX sync_runs_one_at_a_time ON sync_runs (integration_id) WHERE state IN ('queued', 'running', 'paused');
CREATE INDEX sync_runs_by_integration ON sync_runs (integration_id, id);
CREATE INDEX sync_runs_by_organization ON sync_runs (organization_id, id);

CREATE TABLE sync_cursors (
    integration_id UUID NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    object TEXT NOT NULL,
    high_water TIMESTAMPTZ,
    page_cursor TEXT,
    window_from TIMESTAMPTZ,
    window_until TIMESTAMPTZ,
    run_id UUID,
    done BOOLEAN NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (integration_id, object)
);

CREATE TABLE sync_errors (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id UUID NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    run_id UUID NOT NULL REFERENCES sync_runs (id) ON DELETE CASCADE,
    object TEXT NOT NULL,
    external_id TEXT,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    raw TEXT,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sync_errors_by_run ON sync_errors (run_id, id);

CREATE TABLE record_links (
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id UUID NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    object TEXT NOT NULL,
    external_id TEXT NOT NULL,
    local_id UUID NOT NULL,
    url TEXT,
    content_hash BYTEA,
    raw TEXT,
    remote_updated_at TIMESTAMPTZ,
    seen_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ,
    PRIMARY KEY (integration_id, object, external_id)
);
CREATE INDEX record_links_by_record ON record_links (local_id);

CREATE TABLE dead_letters (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id UUID REFERENCES integrations (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    object TEXT,
    external_id TEXT,
    local_id UUID,
    payload TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    state TEXT NOT NULL,
    trace_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    resolved_at TIMESTAMPTZ,
    resolved_by TEXT
);
CREATE INDEX dead_letters_by_organization ON dead_letters (organization_id, state, id);

CREATE TABLE remote_writes (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id UUID NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    candidate_id UUID,
    application_id UUID,
    job_id UUID,
    payload JSONB NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    result JSONB,
    error_code TEXT,
    error TEXT,
    actor TEXT NOT NULL,
    trace_id UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    sent_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ
);
CREATE INDEX remote_writes_by_application ON remote_writes (application_id, id);
CREATE INDEX remote_writes_by_candidate ON remote_writes (candidate_id, id);

-- Records -------------------------------------------------------------------

CREATE TABLE departments (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX departments_by_organization ON departments (organization_id, name);

CREATE TABLE people (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT,
    is_active BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX people_by_organization ON people (organization_id, last_name);

CREATE TABLE jobs (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    department_id UUID,
    department TEXT,
    location TEXT,
    requisition_id TEXT,
    description TEXT,
    custom_fields JSONB NOT NULL,
    opened_at TIMESTAMPTZ,
    closed_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX jobs_by_organization ON jobs (organization_id, id);
CREATE INDEX jobs_by_status ON jobs (organization_id, status, id);

CREATE TABLE stages (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    job_id UUID NOT NULL,
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX stages_by_job ON stages (job_id, position);

CREATE TABLE candidates (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    title TEXT,
    company TEXT,
    location TEXT,
    emails JSONB NOT NULL,
    phones JSONB NOT NULL,
    websites JSONB NOT NULL,
    tags JSONB NOT NULL,
    custom_fields JSONB NOT NULL,
    search_text TEXT NOT NULL,
    last_activity_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    anonymized_at TIMESTAMPTZ,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX candidates_by_organization ON candidates (organization_id, id);

CREATE TABLE applications (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    candidate_id UUID NOT NULL,
    job_id UUID,
    status TEXT NOT NULL,
    stage_id UUID,
    stage_name TEXT,
    stage_entered_at TIMESTAMPTZ,
    source TEXT,
    rejection_reason TEXT,
    custom_fields JSONB NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL,
    rejected_at TIMESTAMPTZ,
    hired_at TIMESTAMPTZ,
    last_activity_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX applications_by_organization ON applications (organization_id, id);
CREATE INDEX applications_by_candidate ON applications (candidate_id);
CREATE INDEX applications_by_job ON applications (job_id, status);

CREATE TABLE interviews (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    application_id UUID NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    starts_at TIMESTAMPTZ,
    ends_at TIMESTAMPTZ,
    timezone TEXT,
    location TEXT,
    meeting_url TEXT,
    attendees JSONB NOT NULL,
    custom_fields JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX interviews_by_organization ON interviews (organization_id, starts_at);
CREATE INDEX interviews_by_application ON interviews (application_id);

CREATE TABLE offers (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    application_id UUID NOT NULL,
    status TEXT NOT NULL,
    version BIGINT NOT NULL,
    starts_on TEXT,
    sent_at TIMESTAMPTZ,
    resolved_at TIMESTAMPTZ,
    custom_fields JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX offers_by_organization ON offers (organization_id, id);
CREATE INDEX offers_by_application ON offers (application_id);

CREATE TABLE messages (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    candidate_id UUID NOT NULL,
    application_id UUID,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    visibility TEXT NOT NULL,
    author TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX messages_by_candidate ON messages (candidate_id, id);
CREATE INDEX messages_by_organization ON messages (organization_id, id);

-- Events and webhooks -------------------------------------------------------

CREATE TABLE events (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    candidate_id UUID,
    job_id UUID,
    application_id UUID,
    integration_id UUID,
    actor_kind TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    summary TEXT NOT NULL,
    data JSONB NOT NULL,
    trace_id UUID,
    occurred_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX events_by_organization ON events (organization_id, id);
CREATE INDEX events_by_candidate ON events (candidate_id, id);
CREATE INDEX events_by_job ON events (job_id, id);

CREATE TABLE event_bodies (
    event_id UUID NOT NULL,
    name TEXT NOT NULL,
    body BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (event_id, name)
);

CREATE TABLE webhooks (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT,
    url TEXT NOT NULL,
    events JSONB NOT NULL,
    filter JSONB,
    headers JSONB NOT NULL,
    is_active BOOLEAN NOT NULL,
    ordered BOOLEAN NOT NULL,
    retry_attempts BIGINT NOT NULL,
    retry_schedule JSONB,
    timeout_ms BIGINT NOT NULL,
    max_in_flight BIGINT NOT NULL,
    sealed_secret BYTEA NOT NULL,
    sealed_old_secret BYTEA,
    old_secret_until TIMESTAMPTZ,
    key_id TEXT NOT NULL,
    breaker JSONB,
    failing_since TIMESTAMPTZ,
    disabled_reason TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX webhooks_by_organization ON webhooks (organization_id, id);

CREATE TABLE deliveries (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    webhook_id UUID NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id UUID NOT NULL,
    event_name TEXT NOT NULL,
    order_key TEXT,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at TIMESTAMPTZ NOT NULL,
    lease_until TIMESTAMPTZ,
    lease_owner TEXT,
    last_status BIGINT,
    last_error TEXT,
    replay_of UUID,
    created_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ
);
CREATE INDEX deliveries_due ON deliveries (webhook_id, next_at) WHERE state = 'pending';
CREATE INDEX deliveries_next ON deliveries (next_at) WHERE state = 'pending';
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_by_event ON deliveries (event_id);

CREATE TABLE attempts (
    id UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    webhook_id UUID NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    delivery_id UUID NOT NULL,
    event_id UUID NOT NULL,
    event_name TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    state TEXT NOT NULL,
    status_code BIGINT,
    error_code TEXT,
    error TEXT,
    request_headers JSONB NOT NULL,
    response_headers JSONB,
    response_body TEXT,
    address TEXT,
    duration_ms BIGINT,
    at TIMESTAMPTZ NOT NULL,
    next_attempt_at TIMESTAMPTZ
);
CREATE INDEX attempts_by_webhook ON attempts (webhook_id, id);
CREATE INDEX attempts_by_delivery ON attempts (delivery_id);

CREATE TABLE inbound_events (
    id UUID PRIMARY KEY,
    organization_id UUID REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id UUID REFERENCES integrations (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    external_id TEXT,
    event_name TEXT,
    headers JSONB NOT NULL,
    body BYTEA NOT NULL,
    verdict TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    changes JSONB,
    error TEXT,
    trace_id UUID NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    processed_at TIMESTAMPTZ,
    UNIQUE (integration_id, external_id)
);
CREATE INDEX inbound_events_by_organization ON inbound_events (organization_id, id);
CREATE INDEX inbound_events_by_integration ON inbound_events (integration_id, id);
