-- Secrets are stored as SHA-256 of 32 random bytes; a leaked table signs nobody in.
create table sign_in_links (
    token_hash bytea primary key,
    official_id uuid not null references officials,
    purpose text not null check (purpose in ('demo', 'enrol')),
    expires_at timestamptz not null,
    used_at timestamptz
);
create table sessions (
    token_hash bytea primary key,
    official_id uuid not null references officials,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    step_up_until timestamptz,
    enrolment_only boolean not null default false
);
create table passkeys (
    credential_id bytea primary key,
    official_id uuid not null references officials,
    credential jsonb not null,
    created_at timestamptz not null,
    last_used_at timestamptz
);
create index passkeys_official on passkeys (official_id);
create table passkey_ceremonies (
    id uuid primary key,
    purpose text not null check (purpose in ('register', 'sign_in', 'step_up')),
    official_id uuid references officials,
    session_hash bytea,
    state jsonb not null,
    expires_at timestamptz not null
);
create table kiosk_challenges (
    nonce_hash bytea primary key,
    kiosk_id uuid not null references kiosks,
    expires_at timestamptz not null,
    used_at timestamptz
);
create table kiosk_sessions (
    token_hash bytea primary key,
    kiosk_id uuid not null references kiosks,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create table room_passes (
    jti uuid primary key,
    used_at timestamptz not null,
    expires_at timestamptz not null
);
comment on table room_passes is 'each room token is accepted once: its jti is inserted when the websocket says hello';
