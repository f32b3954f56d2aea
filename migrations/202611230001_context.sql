-- Context of a transaction: who acts, from where, for what. Set by the server at the start of each transaction;
-- without it every policy answers "no rows". A custom setting that was set locally once reads '' afterwards, so
-- every reader folds '' to NULL.
create extension if not exists btree_gist;

create function app_setting(name text) returns text language sql stable
    as $$ select nullif(current_setting('app.' || name, true), '') $$;
create function app_scope() returns text language sql stable as $$ select app_setting('scope') $$;
create function app_institution() returns uuid language sql stable as $$ select app_setting('institution')::uuid $$;
create function app_state() returns text language sql stable as $$ select app_setting('state') $$;
create function app_sites() returns uuid[] language sql stable as $$ select app_setting('sites')::uuid[] $$;
create function app_visit() returns uuid language sql stable as $$ select app_setting('visit')::uuid $$;
create function app_kiosk() returns uuid language sql stable as $$ select app_setting('kiosk')::uuid $$;
create function app_token() returns bytea language sql stable as $$ select decode(app_setting('token'), 'hex') $$;
create function app_now() returns timestamptz language sql stable as $$ select app_setting('now')::timestamptz $$;
comment on function app_scope() is
    'official: an institution''s official; system: a job of one institution; seat: a participant of one visit without an account; door: redeeming a link or digits; auth: sign-in tables only; sequencer: the log only';

comment on function app_sites() is 'the sites that an official''s roles reach; null: the whole institution';

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'append-only: % on % is refused', tg_op, tg_table_name using errcode = '42501';
end $$;
