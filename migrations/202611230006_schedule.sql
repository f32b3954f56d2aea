create table visits (
    id uuid primary key,
    public_id uuid not null unique,
    case_id uuid not null references cases,
    site_id uuid not null references sites,
    type text not null check (type in ('family', 'family_supervised', 'verification', 'recognition', 'consular',
        'legal', 'protection', 'medical')),
    code_phrase text[] not null check (cardinality(code_phrase) = 2),
    created_at timestamptz not null,
    created_by uuid not null references officials,
    cancelled_at timestamptz,
    cancelled_by uuid references officials,
    cancel_reason text check (cancel_reason in ('person_asked', 'contact_asked', 'site_not_available', 'moved',
        'fell_ill', 'technical', 'other', 'consent_ended', 'contact_refused', 'grant_ended')),
    cancel_text_sealed bytea,
    constraint visits_cancelled check ((cancelled_at is null) = (cancel_reason is null)),
    constraint visits_cancelled_by_whom check ((cancelled_by is not null) = coalesce(cancel_reason not in ('consent_ended', 'contact_refused', 'grant_ended'), false)),
    constraint visits_cancel_text_only_for_other check (cancel_text_sealed is null or cancel_reason = 'other')
);
create index visits_case on visits (case_id);
comment on column visits.cancel_reason is 'the last three are computed, when what the visit rested on ended; no official sets them';

-- One slot with its resources. The site''s local time is the contract, the range is derived from it.
create table bookings (
    id uuid primary key,
    visit_id uuid not null references visits,
    case_id uuid not null references cases,
    site_id uuid not null references sites,
    kiosk_id uuid references kiosks,
    person_id uuid references persons,
    contact_id uuid references contacts,
    official_id uuid references officials,
    local_start timestamp not null,
    zone text not null,
    tzdb_version text not null,
    duration_min integer not null check (duration_min between 5 and 180),
    turnaround_min integer not null default 5 check (turnaround_min between 0 and 60),
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    busy tstzrange not null,
    released_at timestamptz,
    constraint bookings_times check (ends_at > starts_at and lower(busy) = starts_at and upper(busy) >= ends_at),
    constraint bookings_kiosk_free exclude using gist (kiosk_id with =, busy with &&) where (released_at is null and kiosk_id is not null),
    constraint bookings_person_free exclude using gist (person_id with =, busy with &&) where (released_at is null and person_id is not null),
    constraint bookings_contact_free exclude using gist (contact_id with =, busy with &&) where (released_at is null and contact_id is not null),
    constraint bookings_official_free exclude using gist (official_id with =, busy with &&) where (released_at is null and official_id is not null)
);
create unique index bookings_one_live on bookings (visit_id) where released_at is null;
create index bookings_visit on bookings (visit_id);
create index bookings_site on bookings (site_id, starts_at);

create table participants (
    id uuid primary key,
    public_id uuid not null unique,
    visit_id uuid not null references visits,
    case_id uuid not null references cases,
    kind text not null check (kind in ('person', 'contact', 'official', 'interpreter')),
    seat text not null check (seat in ('kiosk', 'link', 'desk')),
    contact_id uuid references contacts,
    official_id uuid references officials,
    language text not null,
    state text not null check (state in ('expected', 'waiting', 'admitted', 'left', 'turned_away')),
    since timestamptz not null,
    constraint participants_subject check ((kind = 'contact') = (contact_id is not null) and (kind in ('official', 'interpreter')) = (official_id is not null)),
    constraint participants_seat check ((kind = 'person') = (seat = 'kiosk') and (kind = 'contact') = (seat = 'link'))
);
create index participants_visit on participants (visit_id);
comment on column participants.language is 'in which they are addressed; a seat reads it without seeing the person or the contact';

create table participant_transitions (
    id uuid primary key,
    participant_id uuid not null references participants,
    visit_id uuid not null references visits,
    case_id uuid not null references cases,
    from_state text not null,
    to_state text not null,
    at timestamptz not null,
    by_official uuid references officials,
    reason text,
    text_sealed bytea
);
alter table consent_events add constraint consent_events_visit foreign key (visit_id) references visits deferrable initially deferred;
alter table consent_events add constraint consent_events_seat foreign key (recorded_at_seat) references participants deferrable initially deferred;
