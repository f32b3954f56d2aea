create table document_requests (
    id uuid primary key,
    public_id uuid not null unique,
    visit_id uuid not null references visits,
    case_id uuid not null references cases,
    participant_id uuid not null references participants,
    document text not null check (document in ('passport', 'national_id', 'birth_certificate', 'other')),
    side text not null check (side in ('front', 'back')),
    state text not null check (state in ('asked', 'accepted', 'refused', 'stored')),
    asked_by uuid not null references officials,
    asked_at timestamptz not null,
    answered_at timestamptz,
    consent_id uuid references consent_events deferrable initially deferred,
    constraint document_requests_answered check ((state = 'asked') = (answered_at is null)
        and (state not in ('accepted', 'stored') or consent_id is not null) and (state <> 'asked' or consent_id is null))
);
comment on column document_requests.state is 'refused without a consent event, or after one that said yes: closed, because what the asking rested on ended';

create table evidence_items (
    id uuid primary key,
    public_id uuid not null unique,
    case_id uuid not null references cases,
    claim_id uuid references claims,
    visit_id uuid references visits,
    contact_id uuid references contacts,
    request_id uuid unique references document_requests,
    kind text not null check (kind in ('document_still', 'case_note', 'corroboration')),
    about text not null check (about in ('person', 'contact')),
    recorded_at timestamptz not null,
    captured_at timestamptz,
    captured_clock text check (captured_clock in ('server', 'sender')),
    captured_by_official uuid references officials,
    captured_by_participant uuid references participants,
    object_key text unique,
    ciphertext_sha256 bytea,
    plaintext_sha256 bytea,
    size_bytes bigint,
    media_type text,
    width_px integer,
    height_px integer,
    consent_id uuid references consent_events deferrable initially deferred,
    note_sealed bytea,
    account_compatible boolean,
    source_sealed bytea,
    source_kind text check (source_kind in ('civil_registry', 'consulate', 'school', 'health_service', 'religious_or_community_leader',
        'prior_agency', 'other_relative', 'neighbour')),
    reached_by text check (reached_by in ('official_channel', 'number_found_by_us', 'number_from_claimant', 'in_person')),
    outcome text check (outcome in ('supports', 'contradicts', 'cannot_say')),
    constraint evidence_items_captured_by check ((captured_by_official is null) <> (captured_by_participant is null)),
    constraint evidence_items_still check ((kind = 'document_still') = (object_key is not null)
        and (object_key is null) = (ciphertext_sha256 is null) and (object_key is null) = (plaintext_sha256 is null)
        and (object_key is null) = (size_bytes is null) and (kind <> 'document_still' or consent_id is not null)),
    constraint evidence_items_note check ((kind in ('case_note', 'corroboration')) = (note_sealed is not null)
        and (kind = 'case_note') = (account_compatible is not null)),
    constraint evidence_items_corroboration check ((kind = 'corroboration') = (outcome is not null)
        and (outcome is null) = (source_sealed is null) and (outcome is null) = (source_kind is null) and (outcome is null) = (reached_by is null))
);
create index evidence_items_case on evidence_items (case_id);

create table evidence_seen (
    id uuid primary key,
    evidence_id uuid not null references evidence_items,
    case_id uuid not null references cases,
    how text not null check (how in ('original_held_to_camera', 'photo', 'copy')),
    by_official uuid not null references officials,
    at timestamptz not null
);

-- The append-only log, format v1 (signaling/attest/FORMAT.md). No personal data in an entry.
create table case_heads (
    case_id uuid primary key references cases,
    log_pseudonym uuid not null unique,
    entries integer not null,
    last_hash bytea
);
comment on table case_heads is 'locked last in every transaction that appends for its case';
create table log_entries (
    id uuid primary key,
    case_id uuid not null references cases,
    number_in_case integer not null,
    kind text not null,
    entry bytea not null,
    leaf_hash bytea not null unique,
    signature bytea not null,
    reveals_sealed bytea not null,
    evidence_id uuid references evidence_items,
    recorded_at timestamptz not null,
    unique (case_id, number_in_case)
);
create table log_pending (
    entry_id uuid primary key references log_entries
);
comment on table log_pending is 'entries that wait for their index: written with the entry, removed with the leaf';
create table log_leaves (
    log text not null,
    index bigint not null,
    entry_id uuid not null unique references log_entries,
    leaf_hash bytea not null,
    primary key (log, index)
);
create table log_nodes (
    log text not null,
    level integer not null,
    index bigint not null,
    hash bytea not null,
    primary key (log, level, index)
);
create table checkpoints (
    log text not null,
    size bigint not null,
    root bytea not null,
    note text not null,
    at timestamptz not null,
    primary key (log, size)
);
