-- Accounts ------------------------------------------------------------------

CREATE TABLE organizations (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE users (
    id BLOB PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT,
    kind TEXT NOT NULL,
    theme TEXT,
    time_zone TEXT,
    locale TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE memberships (
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (organization_id, user_id)
) STRICT;
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE invitations (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    invited_by BLOB,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    accepted_at TEXT
) STRICT;
CREATE INDEX invitations_by_organization ON invitations (organization_id, created_at);

CREATE TABLE password_resets (
    token_hash BLOB PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT
) STRICT;

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
    organization_id BLOB REFERENCES organizations (id) ON DELETE SET NULL,
    data TEXT NOT NULL,
    user_agent TEXT,
    address TEXT,
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    key_hash BLOB NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    allowed_networks TEXT NOT NULL,
    created_by BLOB,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    last_used_at TEXT,
    revoked_at TEXT
) STRICT;
CREATE INDEX api_keys_by_organization ON api_keys (organization_id, created_at);

CREATE TABLE throttles (
    name TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    window_until TEXT NOT NULL,
    blocked_until TEXT
) STRICT;

CREATE TABLE idempotency_keys (
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    idempotency_key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    status INTEGER,
    headers TEXT,
    body BLOB,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (organization_id, idempotency_key)
) STRICT;
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

CREATE TABLE audit_heads (
    organization_id BLOB PRIMARY KEY REFERENCES organizations (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE activity (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    at TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    actor_name TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_kind TEXT,
    subject_id BLOB,
    integration_id BLOB,
    provider TEXT,
    success INTEGER NOT NULL,
    message TEXT NOT NULL,
    duration_ms INTEGER,
    address TEXT,
    details TEXT,
    trace_id BLOB,
    previous_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE (organization_id, seq)
) STRICT;
CREATE INDEX activity_by_organization ON activity (organization_id, id);
CREATE INDEX activity_by_integration ON activity (integration_id, id);

CREATE TABLE notifications (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    level TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    link TEXT,
    dedupe_key TEXT,
    created_at TEXT NOT NULL,
    read_at TEXT,
    UNIQUE (organization_id, dedupe_key)
) STRICT;
CREATE INDEX notifications_by_organization ON notifications (organization_id, id);

-- Vault and queue -----------------------------------------------------------

CREATE TABLE vault_keys (
    id TEXT PRIMARY KEY,
    wrapped_key BLOB NOT NULL,
    wrapped_by TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    retired_at TEXT
) STRICT;

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until TEXT NOT NULL
) STRICT;

CREATE TABLE tasks (
    id BLOB PRIMARY KEY,
    organization_id BLOB,
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    lane TEXT NOT NULL,
    dedupe_key TEXT,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    run_at TEXT NOT NULL,
    lease_until TEXT,
    lease_owner TEXT,
    last_error TEXT,
    trace_id BLOB,
    created_at TEXT NOT NULL,
    UNIQUE (queue, dedupe_key)
) STRICT;
CREATE INDEX tasks_by_due ON tasks (queue, state, run_at);
CREATE INDEX tasks_by_lease ON tasks (lease_until) WHERE state = 'leased';

CREATE TABLE workers (
    id TEXT PRIMARY KEY,
    started_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    version TEXT NOT NULL
) STRICT;

-- Integrations --------------------------------------------------------------

CREATE TABLE integrations (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    owner_kind TEXT NOT NULL,
    owner_id BLOB,
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    auth_type TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    account TEXT,
    config TEXT NOT NULL,
    granted_scopes TEXT NOT NULL,
    missing_scopes TEXT NOT NULL,
    sync_enabled INTEGER NOT NULL,
    sync_interval_s INTEGER NOT NULL,
    next_sync_at TEXT,
    last_synced_at TEXT,
    connected_at TEXT,
    last_used_at TEXT,
    last_success_at TEXT,
    last_error TEXT,
    last_error_at TEXT,
    health_status TEXT NOT NULL,
    last_health_check_at TEXT,
    failures_in_a_row INTEGER NOT NULL,
    token_expires_at TEXT,
    quota TEXT,
    throttled_until TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX integrations_by_organization ON integrations (organization_id, provider);

CREATE TABLE credentials (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id BLOB NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    key_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    version INTEGER NOT NULL,
    expires_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (integration_id, name)
) STRICT;
CREATE INDEX credentials_by_key ON credentials (key_id);

CREATE TABLE health_checks (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id BLOB NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    success INTEGER NOT NULL,
    code TEXT,
    message TEXT,
    latency_ms INTEGER NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX health_checks_by_integration ON health_checks (integration_id, at);

CREATE TABLE mappings (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id BLOB NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    object TEXT NOT NULL,
    version INTEGER NOT NULL,
    direction TEXT NOT NULL,
    rules TEXT NOT NULL,
    note TEXT,
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (integration_id, object, version)
) STRICT;

-- Sync ----------------------------------------------------------------------

CREATE TABLE sync_runs (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id BLOB NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    state TEXT NOT NULL,
    since TEXT,
    object TEXT,
    pages INTEGER NOT NULL,
    records INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    http_ms INTEGER NOT NULL,
    throttled_until TEXT,
    next_try_at TEXT,
    error_code TEXT,
    error TEXT,
    cancel_requested INTEGER NOT NULL,
    requested_by TEXT NOT NULL,
    trace_id BLOB NOT NULL,
    created_at TEXT NOT NULL,
    started_at TEXT,
    heartbeat_at TEXT,
    finished_at TEXT
) STRICT;
CREATE UNIQUE INDEX sync_runs_one_at_a_time ON sync_runs (integration_id) WHERE state IN ('queued', 'running', 'paused');
CREATE INDEX sync_runs_by_integration ON sync_runs (integration_id, id);
CREATE INDEX sync_runs_by_organization ON sync_runs (organization_id, id);

CREATE TABLE sync_cursors (
    integration_id BLOB NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    object TEXT NOT NULL,
    high_water TEXT,
    page_cursor TEXT,
    window_from TEXT,
    window_until TEXT,
    run_id BLOB,
    done INTEGER NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (integration_id, object)
) STRICT;

CREATE TABLE sync_errors (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id BLOB NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    run_id BLOB NOT NULL REFERENCES sync_runs (id) ON DELETE CASCADE,
    object TEXT NOT NULL,
    external_id TEXT,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    raw TEXT,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX sync_errors_by_run ON sync_errors (run_id, id);

CREATE TABLE record_links (
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id BLOB NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    object TEXT NOT NULL,
    external_id TEXT NOT NULL,
    local_id BLOB NOT NULL,
    url TEXT,
    content_hash BLOB,
    raw TEXT,
    remote_updated_at TEXT,
    seen_at TEXT NOT NULL,
    deleted_at TEXT,
    PRIMARY KEY (integration_id, object, external_id)
) STRICT;
CREATE INDEX record_links_by_record ON record_links (local_id);

CREATE TABLE dead_letters (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id BLOB REFERENCES integrations (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    object TEXT,
    external_id TEXT,
    local_id BLOB,
    payload TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    state TEXT NOT NULL,
    trace_id BLOB,
    created_at TEXT NOT NULL,
    resolved_at TEXT,
    resolved_by TEXT
) STRICT;
CREATE INDEX dead_letters_by_organization ON dead_letters (organization_id, state, id);

CREATE TABLE remote_writes (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id BLOB NOT NULL REFERENCES integrations (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    candidate_id BLOB,
    application_id BLOB,
    job_id BLOB,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    result TEXT,
    error_code TEXT,
    error TEXT,
    actor TEXT NOT NULL,
    trace_id BLOB NOT NULL,
    created_at TEXT NOT NULL,
    sent_at TEXT,
    finished_at TEXT
) STRICT;
CREATE INDEX remote_writes_by_application ON remote_writes (application_id, id);
CREATE INDEX remote_writes_by_candidate ON remote_writes (candidate_id, id);

-- Records -------------------------------------------------------------------

CREATE TABLE departments (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX departments_by_organization ON departments (organization_id, name);

CREATE TABLE people (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT,
    is_active INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX people_by_organization ON people (organization_id, last_name);

CREATE TABLE jobs (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    department_id BLOB,
    department TEXT,
    location TEXT,
    requisition_id TEXT,
    description TEXT,
    custom_fields TEXT NOT NULL,
    opened_at TEXT,
    closed_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX jobs_by_organization ON jobs (organization_id, id);
CREATE INDEX jobs_by_status ON jobs (organization_id, status, id);

CREATE TABLE stages (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    job_id BLOB NOT NULL,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX stages_by_job ON stages (job_id, position);

CREATE TABLE candidates (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    title TEXT,
    company TEXT,
    location TEXT,
    emails TEXT NOT NULL,
    phones TEXT NOT NULL,
    websites TEXT NOT NULL,
    tags TEXT NOT NULL,
    custom_fields TEXT NOT NULL,
    search_text TEXT NOT NULL,
    last_activity_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    anonymized_at TEXT,
    deleted_at TEXT
) STRICT;
CREATE INDEX candidates_by_organization ON candidates (organization_id, id);

CREATE TABLE applications (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    candidate_id BLOB NOT NULL,
    job_id BLOB,
    status TEXT NOT NULL,
    stage_id BLOB,
    stage_name TEXT,
    stage_entered_at TEXT,
    source TEXT,
    rejection_reason TEXT,
    custom_fields TEXT NOT NULL,
    applied_at TEXT NOT NULL,
    rejected_at TEXT,
    hired_at TEXT,
    last_activity_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX applications_by_organization ON applications (organization_id, id);
CREATE INDEX applications_by_candidate ON applications (candidate_id);
CREATE INDEX applications_by_job ON applications (job_id, status);

CREATE TABLE interviews (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    application_id BLOB NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    starts_at TEXT,
    ends_at TEXT,
    timezone TEXT,
    location TEXT,
    meeting_url TEXT,
    attendees TEXT NOT NULL,
    custom_fields TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX interviews_by_organization ON interviews (organization_id, starts_at);
CREATE INDEX interviews_by_application ON interviews (application_id);

CREATE TABLE offers (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    application_id BLOB NOT NULL,
    status TEXT NOT NULL,
    version INTEGER NOT NULL,
    starts_on TEXT,
    sent_at TEXT,
    resolved_at TEXT,
    custom_fields TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX offers_by_organization ON offers (organization_id, id);
CREATE INDEX offers_by_application ON offers (application_id);

CREATE TABLE messages (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    candidate_id BLOB NOT NULL,
    application_id BLOB,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    visibility TEXT NOT NULL,
    author TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT
) STRICT;
CREATE INDEX messages_by_candidate ON messages (candidate_id, id);
CREATE INDEX messages_by_organization ON messages (organization_id, id);

-- Events and webhooks -------------------------------------------------------

CREATE TABLE events (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    candidate_id BLOB,
    job_id BLOB,
    application_id BLOB,
    integration_id BLOB,
    actor_kind TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    summary TEXT NOT NULL,
    data TEXT NOT NULL,
    trace_id BLOB,
    occurred_at TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_organization ON events (organization_id, id);
CREATE INDEX events_by_candidate ON events (candidate_id, id);
CREATE INDEX events_by_job ON events (job_id, id);

CREATE TABLE event_bodies (
    event_id BLOB NOT NULL,
    name TEXT NOT NULL,
    body BLOB NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (event_id, name)
) STRICT;

CREATE TABLE webhooks (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    filter TEXT,
    headers TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    ordered INTEGER NOT NULL,
    retry_attempts INTEGER NOT NULL,
    retry_schedule TEXT,
    timeout_ms INTEGER NOT NULL,
    max_in_flight INTEGER NOT NULL,
    sealed_secret BLOB NOT NULL,
    sealed_old_secret BLOB,
    old_secret_until TEXT,
    key_id TEXT NOT NULL,
    breaker TEXT,
    failing_since TEXT,
    disabled_reason TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX webhooks_by_organization ON webhooks (organization_id, id);

CREATE TABLE deliveries (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    webhook_id BLOB NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id BLOB NOT NULL,
    event_name TEXT NOT NULL,
    order_key TEXT,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at TEXT NOT NULL,
    lease_until TEXT,
    lease_owner TEXT,
    last_status INTEGER,
    last_error TEXT,
    replay_of BLOB,
    created_at TEXT NOT NULL,
    finished_at TEXT
) STRICT;
CREATE INDEX deliveries_due ON deliveries (webhook_id, next_at) WHERE state = 'pending';
CREATE INDEX deliveries_next ON deliveries (next_at) WHERE state = 'pending';
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_by_event ON deliveries (event_id);

CREATE TABLE attempts (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    webhook_id BLOB NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    delivery_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    event_name TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL,
    status_code INTEGER,
    error_code TEXT,
    error TEXT,
    request_headers TEXT NOT NULL,
    response_headers TEXT,
    response_body TEXT,
    address TEXT,
    duration_ms INTEGER,
    at TEXT NOT NULL,
    next_attempt_at TEXT
) STRICT;
CREATE INDEX attempts_by_webhook ON attempts (webhook_id, id);
CREATE INDEX attempts_by_delivery ON attempts (delivery_id);

CREATE TABLE inbound_events (
    id BLOB PRIMARY KEY,
    organization_id BLOB REFERENCES organizations (id) ON DELETE CASCADE,
    integration_id BLOB REFERENCES integrations (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    external_id TEXT,
    event_name TEXT,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    verdict TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    changes TEXT,
    error TEXT,
    trace_id BLOB NOT NULL,
    received_at TEXT NOT NULL,
    processed_at TEXT,
    UNIQUE (integration_id, external_id)
) STRICT;
CREATE INDEX inbound_events_by_organization ON inbound_events (organization_id, id);
CREATE INDEX inbound_events_by_integration ON inbound_events (integration_id, id);
