create table claims (
    id uuid primary key,
    public_id uuid not null unique,
    case_id uuid not null references cases,
    kind text not null check (kind in ('identity', 'nationality', 'link')),
    contact_id uuid references contacts,
    statement text not null,
    level text not null default 'l0' check (level in ('l0', 'l1', 'l2', 'l3', 'l4', 'x')),
    opened_at timestamptz not null,
    constraint claims_link_has_contact check (kind <> 'link' or contact_id is not null)
);
comment on column claims.statement is 'link: the relation claimed; nationality: the State; identity: whose';
comment on column claims.level is 'computed from evidence and decisions by a named rule version; no route sets it';
create index claims_case on claims (case_id);
create unique index claims_one_link on claims (contact_id) where kind = 'link';

create table claim_levels (
    id uuid primary key,
    claim_id uuid not null references claims,
    case_id uuid not null references cases,
    from_level text not null,
    to_level text not null,
    rule_version text not null,
    satisfied text[] not null,
    missing text[] not null,
    at timestamptz not null
);

create table claim_roles (
    claim_id uuid not null references claims,
    case_id uuid not null references cases,
    official_id uuid not null references officials,
    role text not null check (role in ('verifier', 'decider')),
    taken_at timestamptz not null,
    primary key (claim_id, official_id),
    unique (claim_id, official_id, role)
);
comment on table claim_roles is 'one role in one claim for one official, for good: who once recommended never decides, who once decided never recommends';

create table recommendations (
    id uuid primary key,
    claim_id uuid not null references claims,
    case_id uuid not null references cases,
    conclusion text not null check (conclusion in ('uphold', 'reject', 'not_enough')),
    reasons_sealed bytea not null,
    counter_evidence_sealed bytea,
    recommended_by uuid not null references officials,
    role text not null generated always as ('verifier') stored,
    at timestamptz not null,
    unique (id, claim_id),
    constraint recommendations_four_eyes foreign key (claim_id, recommended_by, role) references claim_roles (claim_id, official_id, role)
);
create table decisions (
    id uuid primary key,
    claim_id uuid not null references claims,
    case_id uuid not null references cases,
    recommendation_id uuid not null unique,
    decided_by uuid not null references officials,
    role text not null generated always as ('decider') stored,
    conclusion text not null check (conclusion in ('uphold', 'reject', 'not_enough')),
    reasons_sealed bytea not null,
    at timestamptz not null,
    foreign key (recommendation_id, claim_id) references recommendations (id, claim_id),
    constraint decisions_four_eyes foreign key (claim_id, decided_by, role) references claim_roles (claim_id, official_id, role)
);
