create table cases (
    id uuid primary key,
    public_id uuid not null unique,
    spoken_id text not null unique,
    institution_id uuid not null references institutions,
    site_id uuid not null references sites,
    opened_at timestamptz not null,
    opened_by uuid not null references officials
);
comment on column cases.spoken_id is 'random, short enough to say aloud, last character checks the others';

-- Who may see a case: its owner (basis owner) and whom the owner admits (basis grant, with the person''s consent).
create table case_grants (
    id uuid primary key,
    public_id uuid not null unique,
    case_id uuid not null references cases deferrable initially deferred,
    owner_institution_id uuid not null references institutions,
    institution_id uuid not null references institutions,
    basis text not null check (basis in ('owner', 'grant')),
    purpose text not null check (purpose in ('care', 'verification')),
    valid_from timestamptz not null,
    valid_until timestamptz,
    withdrawn_at timestamptz,
    consent_id uuid,
    granted_by uuid references officials,
    site_id uuid references sites,
    constraint case_grants_owner_has_site check ((basis = 'owner') = (site_id is not null)),
    constraint case_grants_grant_needs_consent check (basis = 'owner' or (consent_id is not null and valid_until is not null and granted_by is not null)),
    constraint case_grants_owner_is_owner check (basis = 'grant' or institution_id = owner_institution_id)
);
comment on column case_grants.site_id is 'of the case, where its owner''s own officials are limited to sites; who is admitted from outside is not';
create index case_grants_lookup on case_grants (case_id, institution_id);
create index case_grants_institution on case_grants (institution_id);

-- States that must not see a case whatever was granted: every nationality once there is a fear, every State feared.
create table protection_shields (
    case_id uuid not null references cases deferrable initially deferred,
    owner_institution_id uuid not null references institutions,
    state char(2),
    reason text not null check (reason in ('fear_of_authorities', 'named_as_feared')),
    at timestamptz not null,
    unique nulls not distinct (case_id, state, reason)
);
comment on column protection_shields.state is 'null: every State, where nobody knows to which the person belongs';

create function grant_is_live(g case_grants) returns boolean language sql stable as $$
    select g.valid_from <= app_now() and (g.valid_until is null or g.valid_until > app_now()) and g.withdrawn_at is null
$$;
create function owns_case(c uuid) returns boolean language sql stable as $$
    select app_scope() in ('official', 'system') and exists (select 1 from case_grants g
        where g.case_id = c and g.institution_id = app_institution() and g.basis = 'owner'
        and (app_sites() is null or g.site_id = any (app_sites())) and grant_is_live(g))
$$;
create function sees_case(c uuid) returns boolean language sql stable as $$
    select app_scope() in ('official', 'system') and exists (select 1 from case_grants g
        where g.case_id = c and g.institution_id = app_institution()
        and (app_sites() is null or g.site_id = any (app_sites())) and grant_is_live(g))
$$;
create function is_shielded(c uuid) returns boolean language sql stable as $$
    select app_scope() = 'official' and not owns_case(c)
        and exists (select 1 from protection_shields s where s.case_id = c and coalesce(s.state, app_state()) = app_state())
$$;

create table persons (
    id uuid primary key,
    public_id uuid not null unique,
    case_id uuid not null unique references cases deferrable initially deferred,
    names_sealed bytea not null,
    names_index bytea not null,
    birth_sealed bytea not null,
    age_class text not null check (age_class in ('adult', 'child')),
    language text not null,
    language_variant_sealed bytea,
    nationalities_sealed bytea not null
);
comment on column persons.age_class is 'computed by the presumption of minority; no route sets it';

create table answers (
    id uuid primary key,
    ordinal bigint generated always as identity,
    case_id uuid not null references cases deferrable initially deferred,
    question text not null,
    state text not null check (state in ('answered', 'unknown', 'declined', 'not_asked')),
    value_sealed bytea,
    asked_by uuid not null references officials,
    asked_at timestamptz not null,
    language text not null,
    constraint answers_value_when_answered check ((state = 'answered') = (value_sealed is not null))
);
create index answers_case on answers (case_id, question, asked_at);
comment on table answers is 'append-only; the newest row per question is the answer in force, the others its history';

create table consent_events (
    id uuid primary key,
    ordinal bigint generated always as identity,
    public_id uuid not null unique,
    case_id uuid not null references cases deferrable initially deferred,
    visit_id uuid,
    contact_id uuid,
    purpose text not null check (purpose in ('contact_relative', 'verification', 'share_with_institution')),
    recipient_institution_id uuid references institutions,
    given_by text not null check (given_by in ('person', 'contact')),
    outcome text not null check (outcome in ('given', 'refused', 'withdrawn')),
    language text not null,
    mode text not null check (mode in ('spoken', 'read', 'interpreter', 'on_screen')),
    text_version text not null check (text_version in ('contact-relative-1', 'verification-1', 'share-with-institution-1',
        'document-photo-1')),
    witness_sealed bytea,
    at timestamptz not null,
    recorded_by uuid references officials,
    recorded_at_seat uuid,
    constraint consent_recorded_by_somebody check ((recorded_by is null) <> (recorded_at_seat is null)),
    constraint consent_share_names_recipient check ((purpose = 'share_with_institution') = (recipient_institution_id is not null))
);
comment on column consent_events.ordinal is 'orders events of one instant: the newest decides, and there is always one newest';
create index consent_events_case on consent_events (case_id, purpose, at);
alter table case_grants add constraint case_grants_consent foreign key (consent_id) references consent_events deferrable initially deferred;
