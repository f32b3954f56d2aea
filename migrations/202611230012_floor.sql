create table audit_rows (
    id uuid primary key,
    at timestamptz not null,
    institution_id uuid not null references institutions,
    actor_kind text not null check (actor_kind in ('official', 'participant', 'kiosk', 'system')),
    actor_id uuid,
    action text not null,
    purpose text not null,
    case_ids uuid[] not null,
    subject_id uuid
);
create index audit_rows_cases on audit_rows using gin (case_ids);
comment on table audit_rows is 'one row for every read and every change of a case, in the same transaction; a list is one row';
comment on column audit_rows.institution_id is 'whose official acted; for a participant or a job, the case''s owner';

create table jobs (
    id uuid primary key,
    kind text not null,
    institution_id uuid references institutions,
    payload jsonb not null,
    run_at timestamptz not null,
    attempts integer not null default 0,
    lease_owner uuid,
    lease_until timestamptz,
    done_at timestamptz,
    failed_at timestamptz,
    last_error text
);
create index jobs_due on jobs (run_at) where done_at is null and failed_at is null;
comment on column jobs.payload is 'ids only, never a name, a phone or a text';

create table object_intents (
    key text primary key,
    at timestamptz not null
);
comment on table object_intents is 'a file is about to be stored, or lies there unnamed: written before the file, removed in the transaction that names it; what stays too long is swept with its file';

create table messages (
    id uuid primary key,
    public_id uuid not null unique,
    case_id uuid not null references cases,
    visit_id uuid references visits,
    contact_id uuid references contacts,
    channel text not null check (channel in ('sms', 'voice')),
    to_sealed bytea not null,
    text_sealed bytea not null,
    state text not null check (state in ('queued', 'sent', 'failed', 'to_read_out', 'read_out')),
    created_at timestamptz not null,
    attempts integer not null default 0,
    sent_at timestamptz,
    read_out_by uuid references officials
);
create index messages_case on messages (case_id);
comment on column messages.attempts is 'tries with the SMS gateway; a voice message has none';
