create table invitations (
    id uuid primary key,
    visit_id uuid not null references visits,
    case_id uuid not null references cases,
    participant_id uuid not null references participants,
    cause uuid not null unique,
    token_hash bytea not null unique,
    code_hash bytea not null,
    tries_left integer not null default 5 check (tries_left between 0 and 5),
    opens_at timestamptz not null,
    closes_at timestamptz not null,
    redeemed_at timestamptz,
    revoked_at timestamptz
);
comment on column invitations.cause is 'the fact that asked for it; the same fact, heard twice, makes one invitation';
create unique index invitations_one_live on invitations (participant_id) where revoked_at is null;
comment on column invitations.code_hash is 'HMAC of the six digits under the instance''s index key and the token, so that the table alone does not give the code';

create table kiosk_starts (
    id uuid primary key,
    visit_id uuid not null references visits,
    case_id uuid not null references cases,
    participant_id uuid not null unique references participants,
    kiosk_id uuid not null references kiosks,
    digits_hash bytea not null,
    digits_sealed bytea not null,
    opens_at timestamptz not null,
    closes_at timestamptz not null,
    started_at timestamptz,
    revoked_at timestamptz,
    constraint kiosk_starts_digits_once exclude using gist (kiosk_id with =, digits_hash with =, tstzrange(opens_at, closes_at) with &&) where (revoked_at is null)
);

-- A seat: the browser session of a participant without an account, for one visit.
create table seats (
    token_hash bytea primary key,
    participant_id uuid not null references participants,
    visit_id uuid not null references visits,
    case_id uuid not null references cases,
    kiosk_id uuid references kiosks,
    taken_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz
);
create unique index seats_one_live on seats (participant_id) where ended_at is null;
