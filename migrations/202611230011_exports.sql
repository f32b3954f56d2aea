create table exports (
    id uuid primary key,
    public_id uuid not null unique,
    case_id uuid not null references cases,
    recipient_sealed bytea not null,
    purpose_sealed bytea not null,
    basis_sealed bytea not null,
    entry_id uuid not null unique references log_entries,
    requested_by uuid not null references officials,
    requested_at timestamptz not null,
    ready_at timestamptz,
    failed_at timestamptz,
    failed_reason text check (failed_reason in ('does_not_verify', 'not_readable', 'log_too_slow', 'fault')),
    object_key text unique,
    sha256 bytea,
    size_bytes bigint,
    constraint exports_failed check ((failed_at is null) = (failed_reason is null) and (ready_at is null or failed_at is null)),
    constraint exports_ready check ((ready_at is null) = (object_key is null) and (ready_at is null) = (sha256 is null) and (ready_at is null) = (size_bytes is null))
);
comment on column exports.entry_id is 'the log''s own word of this export; the package ends with it';
