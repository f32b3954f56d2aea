create table calls (
    id uuid primary key,
    visit_id uuid not null unique references visits,
    case_id uuid not null references cases,
    opened_at timestamptz not null,
    live_at timestamptz,
    ended_at timestamptz,
    end_reason text check (end_reason in ('ended_by_host', 'time_over', 'everybody_left', 'server_stopped')),
    constraint calls_end check ((ended_at is null) = (end_reason is null))
);
