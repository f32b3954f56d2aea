create table institutions (
    id uuid primary key,
    public_id uuid not null unique,
    name text not null,
    kind text not null check (kind in ('shelter_operator', 'migration_authority', 'foreign_ministry',
        'child_protection_authority', 'ngo', 'court', 'international_organisation')),
    state char(2)
);
comment on column institutions.state is 'ISO 3166-1 alpha-2 of the State it belongs to; null: non-State';

create table sites (
    id uuid primary key,
    public_id uuid not null unique,
    institution_id uuid not null references institutions,
    name text not null,
    kind text not null check (kind in ('shelter', 'centre', 'mobile_consulate')),
    country char(2) not null,
    zone text not null,
    deprives_of_liberty boolean not null default false
);

create table officials (
    id uuid primary key,
    public_id uuid not null unique,
    institution_id uuid not null references institutions,
    name text not null,
    locale text not null default 'es',
    disabled_at timestamptz
);

create table role_assignments (
    id uuid primary key,
    official_id uuid not null references officials,
    role text not null check (role in ('intake', 'attendant', 'scheduler', 'supervisor', 'interpreter', 'verifier',
        'decider', 'appeal_reviewer', 'consul', 'child_consul', 'lawyer', 'clinician', 'protection_officer',
        'referral_team', 'institution_admin', 'monitor', 'operator')),
    site_id uuid references sites,
    valid_from timestamptz not null,
    valid_until timestamptz,
    check (valid_until is null or valid_until > valid_from)
);
comment on column role_assignments.site_id is 'null: in the whole institution; else for the cases of this site only';
create index role_assignments_official on role_assignments (official_id);

create table kiosks (
    id uuid primary key,
    public_id uuid not null unique,
    site_id uuid not null references sites,
    name text not null,
    device_key bytea,
    enrolled_at timestamptz,
    revoked_at timestamptz,
    last_seen_at timestamptz,
    enrolment_code_hash bytea unique,
    enrolment_expires_at timestamptz,
    wrong_digits integer not null default 0,
    wrong_digits_since timestamptz,
    constraint kiosks_key_with_enrolment check ((device_key is null) = (enrolled_at is null)),
    constraint kiosks_code_with_expiry check ((enrolment_code_hash is null) = (enrolment_expires_at is null))
);
comment on column kiosks.wrong_digits is 'digits typed that opened nothing, counted since wrong_digits_since; bounds guessing at a kiosk';
comment on column kiosks.device_key is 'uncompressed P-256 public key of the browser; the private half cannot leave it';
