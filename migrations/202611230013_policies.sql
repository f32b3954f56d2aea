-- Row-level security: the floor under policy::decide(). Forced, so that the owner is bound too unless superuser.
-- Case tables: visible where the case is, never where it is shielded. A seat sees its own visit only.

-- The expressions stand in the policies themselves, not in functions: PostgreSQL can not inline a function with a
-- subquery, and would start its executor once a row.
do $$
declare
    t text;
    -- What no grant opens, as policy::decide() has it: what was said about fear, exports, messages, links and digits.
    owners_alone text[] := array['answers', 'exports', 'messages', 'invitations', 'kiosk_starts'];
    seen text;
    granted text := 'app_scope() in (''official'', ''system'') and exists (select 1 from case_grants g where g.case_id = %1$I.case_id
        and g.institution_id = app_institution() and (app_sites() is null or g.site_id = any (app_sites())) and g.valid_from <= app_now() and (g.valid_until is null or g.valid_until > app_now()) and g.withdrawn_at is null';
    unshielded text := 'app_scope() is distinct from ''official'' or not exists (select 1 from protection_shields s
        where s.case_id = %1$I.case_id and coalesce(s.state, app_state()) = app_state()) or owns_case(%1$I.case_id)';
begin
    foreach t in array array['persons', 'answers', 'consent_events', 'contacts', 'visits', 'bookings',
        'participants', 'participant_transitions', 'invitations', 'kiosk_starts', 'seats', 'calls', 'claims', 'claim_levels',
        'claim_roles', 'recommendations', 'decisions', 'document_requests', 'evidence_items', 'evidence_seen', 'case_heads', 'log_entries',
        'exports', 'messages'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        seen := granted || case when t = any (owners_alone) then ' and g.basis = ''owner'')' else ')' end;
        execute format('create policy case_is_seen on %1$I using (' || seen || ') with check (' || seen || ')', t);
        execute format('create policy case_is_not_shielded on %1$I as restrictive using (' || unshielded || ') with check (' || unshielded || ')', t);
        execute format('grant select, insert on %I to reencuentro_app', t);
    end loop;
    -- a participant without an account, in the visit's own rows
    foreach t in array array['bookings', 'participants', 'participant_transitions', 'invitations', 'kiosk_starts',
        'seats', 'calls', 'document_requests', 'evidence_items', 'consent_events'] loop
        execute format('create policy seat_of_the_visit on %I using (app_scope() = ''seat'' and visit_id = app_visit()) with check (app_scope() = ''seat'' and visit_id = app_visit())', t);
    end loop;
    -- sign-in tables and the directory carry no case data
    foreach t in array array['sign_in_links', 'sessions', 'passkeys', 'passkey_ceremonies', 'kiosk_challenges',
        'kiosk_sessions', 'room_passes'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy sign_in_only on %I using (app_scope() = ''auth'') with check (app_scope() = ''auth'')', t);
        execute format('grant select, insert, update, delete on %I to reencuentro_app', t);
    end loop;
end $$;

alter table cases enable row level security;
alter table cases force row level security;
do $$
declare
    seen text := 'app_scope() in (''official'', ''system'') and exists (select 1 from case_grants g where g.case_id = cases.id
        and g.institution_id = app_institution() and (app_sites() is null or g.site_id = any (app_sites())) and g.valid_from <= app_now() and (g.valid_until is null or g.valid_until > app_now()) and g.withdrawn_at is null)';
    unshielded text := 'app_scope() is distinct from ''official'' or not exists (select 1 from protection_shields s
        where s.case_id = cases.id and coalesce(s.state, app_state()) = app_state()) or owns_case(cases.id)';
begin
    execute 'create policy case_is_seen on cases using (' || seen || ') with check (' || seen || ')';
    execute 'create policy case_is_not_shielded on cases as restrictive using (' || unshielded || ') with check (' || unshielded || ')';
end $$;
grant select, insert on cases to reencuentro_app;

alter table case_grants enable row level security;
alter table case_grants force row level security;
create policy own_or_granted on case_grants
    using (app_scope() in ('official', 'system') and app_institution() in (owner_institution_id, institution_id))
    with check (app_scope() in ('official', 'system') and owner_institution_id = app_institution());
grant select, insert on case_grants to reencuentro_app;
grant update (withdrawn_at) on case_grants to reencuentro_app;

alter table protection_shields enable row level security;
alter table protection_shields force row level security;
create policy shield_is_found on protection_shields for select
    using (app_scope() in ('official', 'system') and (coalesce(state, app_state()) = app_state() or owner_institution_id = app_institution()));
create policy shield_is_raised on protection_shields for insert
    with check (app_scope() in ('official', 'system') and owner_institution_id = app_institution());
grant select, insert on protection_shields to reencuentro_app;

-- Why a visit does not take place looks the same to an institution that was admitted, whatever the reason: it is not
-- there any more, as when the case is not.
create policy cancelled_is_the_owners on visits as restrictive for select
    using (app_scope() is distinct from 'official' or cancelled_at is null or owns_case(case_id));

-- a seat needs its visit, and the head of its case to append what it gives
create policy seat_of_the_visit on visits for select using (app_scope() = 'seat' and id = app_visit());
create function seat_case() returns uuid language sql stable as $$ select v.case_id from visits v where v.id = app_visit() $$;
create policy seat_of_the_case on case_heads using (app_scope() = 'seat' and case_id = seat_case()) with check (app_scope() = 'seat' and case_id = seat_case());
create policy seat_of_the_case on log_entries for insert with check (app_scope() = 'seat' and case_id = seat_case());
create policy seat_of_the_case on cases for select using (app_scope() = 'seat' and id = seat_case());
create policy sequencer_reads on log_entries for select using (app_scope() = 'sequencer');

-- the doors: one link, one kiosk
create policy door_of_the_link on invitations using (app_scope() = 'door' and token_hash = app_token()) with check (app_scope() = 'door' and token_hash = app_token());
create policy door_of_the_kiosk on kiosk_starts using (app_scope() = 'door' and kiosk_id = app_kiosk()) with check (app_scope() = 'door' and kiosk_id = app_kiosk());
create policy door_of_the_seat on seats for select using (app_scope() = 'door' and token_hash = app_token());

-- the log
alter table log_pending enable row level security; alter table log_pending force row level security;
create policy appended_is_pending on log_pending for insert with check (app_scope() in ('official', 'system', 'seat', 'sequencer'));
create policy sequencer_takes on log_pending using (app_scope() = 'sequencer') with check (app_scope() = 'sequencer');
grant select, insert, delete on log_pending to reencuentro_app;
alter table log_leaves enable row level security; alter table log_leaves force row level security;
alter table log_nodes enable row level security; alter table log_nodes force row level security;
alter table checkpoints enable row level security; alter table checkpoints force row level security;
create policy log_is_read on log_leaves for select using (app_scope() in ('official', 'system', 'sequencer'));
create policy log_is_read on log_nodes for select using (app_scope() in ('official', 'system', 'sequencer'));
create policy log_is_read on checkpoints for select using (app_scope() in ('official', 'system', 'sequencer'));
create policy sequencer_writes on log_leaves for insert with check (app_scope() = 'sequencer');
create policy sequencer_writes on log_nodes for insert with check (app_scope() = 'sequencer');
create policy sequencer_writes on checkpoints for insert with check (app_scope() = 'sequencer');
grant select, insert on log_leaves, log_nodes, checkpoints to reencuentro_app;

-- the audit: written by everybody, read by the institution whose case it is about
alter table audit_rows enable row level security; alter table audit_rows force row level security;
create policy audit_is_written on audit_rows for insert with check (app_scope() is not null);
create policy audit_is_read on audit_rows for select
    using (app_scope() = 'official' and exists (select 1 from case_grants g where g.case_id = any (case_ids) and g.basis = 'owner' and g.institution_id = app_institution() and (app_sites() is null or g.site_id = any (app_sites()))));
grant select, insert on audit_rows to reencuentro_app;

alter table jobs enable row level security; alter table jobs force row level security;
create policy jobs_are_written on jobs for insert with check (app_scope() is not null);
create policy jobs_are_run on jobs using (app_scope() = 'runner') with check (app_scope() = 'runner');
grant select, insert, update, delete on jobs to reencuentro_app;

-- names of files, which are random: whoever stores one says so first
alter table object_intents enable row level security; alter table object_intents force row level security;
create policy intents_of_everybody on object_intents using (app_scope() is not null) with check (app_scope() is not null);
grant select, insert, update, delete on object_intents to reencuentro_app;

grant select on institutions, sites, officials, role_assignments, kiosks to reencuentro_app;
grant insert on institutions, sites, officials, role_assignments, kiosks to reencuentro_app;
grant update on kiosks to reencuentro_app;

-- what may change after it was written, column by column
grant update (age_class) on persons to reencuentro_app;
grant update (state, decided_at, decided_by, vetting_sealed, refusal_reason, refusal_text_sealed) on contacts to reencuentro_app;
grant update (cancelled_at, cancelled_by, cancel_reason, cancel_text_sealed) on visits to reencuentro_app;
grant update (released_at) on bookings to reencuentro_app;
grant update (state, since) on participants to reencuentro_app;
grant update (tries_left, redeemed_at, revoked_at) on invitations to reencuentro_app;
grant update (started_at, revoked_at) on kiosk_starts to reencuentro_app;
grant update (ended_at) on seats to reencuentro_app;
grant update (live_at, ended_at, end_reason) on calls to reencuentro_app;
grant update (level) on claims to reencuentro_app;
grant update (state, answered_at, consent_id) on document_requests to reencuentro_app;
grant update (entries, last_hash) on case_heads to reencuentro_app;
grant update (ready_at, failed_at, failed_reason, object_key, sha256, size_bytes) on exports to reencuentro_app;
grant update (state, attempts, sent_at, read_out_by) on messages to reencuentro_app;

-- append-only even for the owner
do $$
declare t text;
begin
    foreach t in array array['answers', 'consent_events', 'participant_transitions', 'claim_levels', 'claim_roles', 'recommendations',
        'decisions', 'evidence_items', 'evidence_seen', 'log_entries', 'log_leaves', 'log_nodes', 'checkpoints', 'audit_rows'] loop
        execute format('create trigger append_only before update or delete or truncate on %I for each statement execute function refuse_change()', t);
    end loop;
end $$;
