create table contacts (
    id uuid primary key,
    public_id uuid not null unique,
    case_id uuid not null references cases,
    names_sealed bytea not null,
    phone_sealed bytea not null,
    phone_index bytea not null,
    relation text not null check (relation in ('mother', 'father', 'sibling', 'child', 'grandparent', 'aunt_uncle',
        'cousin', 'spouse_partner', 'other_family', 'other')),
    second_channel text not null check (second_channel in ('voice_call', 'voice_message', 'staff_reads_out')),
    language text not null,
    country char(2) not null,
    zone text not null,
    named_at timestamptz not null,
    named_by uuid not null references officials,
    state text not null check (state in ('named', 'approved', 'refused')),
    decided_at timestamptz,
    decided_by uuid references officials,
    vetting_sealed bytea,
    refusal_reason text check (refusal_reason in ('not_who_they_say', 'cannot_be_reached', 'contact_unsafe',
        'person_withdrew', 'order_against_contact', 'other')),
    refusal_text_sealed bytea,
    constraint contacts_decided check ((state = 'named') = (decided_at is null) and (decided_at is null) = (decided_by is null)),
    constraint contacts_vetting_when_approved check ((state <> 'approved' or vetting_sealed is not null) and (state <> 'named' or vetting_sealed is null)),
    constraint contacts_reason_when_refused check ((state = 'refused') = (refusal_reason is not null)),
    constraint contacts_text_only_for_other check (refusal_text_sealed is null or refusal_reason = 'other')
);
create index contacts_case on contacts (case_id);
create index contacts_phone on contacts (phone_index);
alter table consent_events add constraint consent_events_contact foreign key (contact_id) references contacts deferrable initially deferred;
