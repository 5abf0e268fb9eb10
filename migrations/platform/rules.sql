-- Rights of the plumbing, and the tools with which every slice secures its tables.

alter default privileges revoke execute on functions from public;
set role jiebang_auth;
alter default privileges revoke execute on functions from public;
reset role;

-- The clock that counts (a demo's owner replaces the two bodies with a constant shift; production never does).
create function app.now() returns timestamptz language sql stable return statement_timestamp();
create function app.clock() returns timestamptz language sql volatile return clock_timestamp();
grant execute on function app.now(), app.clock() to public;

-- Classify a table and force row-level security on it. The owner, the definer functions' role and, where it is
-- granted anything, the worker pass its policies; every other login needs a policy of its own.
create procedure app.protect(tablename text, class text, description text) language plpgsql as $$
begin
  if class not in ('identity', 'blind', 'public', 'plumbing') then
    raise exception 'unknown class %', class;
  end if;
  execute format('comment on table app.%I is %L', tablename, class || ': ' || description);
  execute format('alter table app.%I enable row level security', tablename);
  execute format('alter table app.%I force row level security', tablename);
  execute format('create policy owner_all on app.%I to jiebang_owner using (true) with check (true)', tablename);
  execute format('create policy auth_all on app.%I to jiebang_auth using (true) with check (true)', tablename);
  execute format('create policy worker_all on app.%I to jiebang_worker using (true) with check (true)', tablename);
end $$;

-- A public projection: granted, without row-level security (the named exception).
create procedure app.project(tablename text, description text) language plpgsql as $$
begin
  execute format('comment on table app.%I is %L', tablename, 'public: ' || description);
  execute format('grant select on app.%I to jiebang_public, jiebang_member, jiebang_officer, jiebang_reviewer, jiebang_worker, jiebang_auth', tablename);
end $$;

-- History is append-only, for its owner too.
create function app.refuse_change() returns trigger language plpgsql set search_path = app, pg_temp as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;

comment on table app.migration is 'plumbing: which migrations ran';
alter table app.migration enable row level security;
alter table app.migration force row level security;
create policy owner_all on app.migration to jiebang_owner using (true) with check (true);

-- Outbox.
call app.protect('outbox', 'plumbing', 'jobs, written in the transaction that wants them');
alter table app.outbox alter payload set not null;
create index outbox_due_idx on app.outbox (run_at) where done_at is null and dead_at is null;
grant insert, select on app.outbox to jiebang_auth;
grant select, insert, update, delete on app.outbox to jiebang_worker;
call app.protect('job_kind', 'plumbing', 'which logins, besides the worker, may ask for which kind of job');
grant select on app.job_kind to jiebang_auth;
grant usage on sequence app.outbox_id_seq to jiebang_auth, jiebang_worker;

-- The policy: `jiebang.kernel.policy`, written here by every migration run.
call app.protect('access_right', 'plumbing', 'who may do what; a copy of the declared policy');
alter table app.access_right add constraint access_right_place_check check (place in ('organisation', 'topic'));
grant select on app.access_right to jiebang_auth;

-- Audit log.
call app.protect('audit_action', 'plumbing', 'which logins may say that which action happened');
grant select on app.audit_action to jiebang_auth, jiebang_worker;
call app.project('audit_checkpoint', 'signed heads of the audit chain');
alter table app.audit_checkpoint add constraint audit_checkpoint_seq_key unique (seq);
create trigger audit_checkpoint_append_only before update or delete or truncate on app.audit_checkpoint for each statement execute function app.refuse_change();
grant insert on app.audit_checkpoint to jiebang_worker;
call app.protect('audit_entry', 'plumbing', 'who did what, when and why; append-only');
call app.protect('audit_pending', 'plumbing', 'audit entries that wait to be chained');
call app.protect('audit_link', 'plumbing', 'the hash chain over the audit entries');
create index audit_entry_topic_id_idx on app.audit_entry (topic_id, id) where topic_id is not null;
create index audit_entry_org_id_idx on app.audit_entry (org_id, id) where org_id is not null;
alter table app.audit_pending add constraint audit_pending_entry_id_key unique (entry_id);
alter table app.audit_link add constraint audit_link_entry_id_key unique (entry_id);
alter table app.audit_link add constraint audit_link_entry_id_fkey foreign key (entry_id) references app.audit_entry (id);
create trigger audit_entry_append_only before update or delete or truncate on app.audit_entry for each statement execute function app.refuse_change();
create trigger audit_link_append_only before update or delete or truncate on app.audit_link for each statement execute function app.refuse_change();
grant insert, select on app.audit_entry to jiebang_auth;
grant select, insert on app.audit_pending to jiebang_auth;
grant usage on sequence app.audit_entry_id_seq to jiebang_auth;
grant select on app.audit_entry to jiebang_worker;
grant select on app.audit_link to jiebang_auth;
grant select, delete on app.audit_pending to jiebang_worker;
grant select, insert on app.audit_link to jiebang_worker;
grant usage on sequence app.audit_link_seq_seq to jiebang_worker;
grant usage on sequence app.audit_pending_id_seq to jiebang_auth;

-- Idempotency.
call app.protect('idempotency', 'plumbing', 'stored answers to commands that a client may repeat');
alter table app.idempotency add constraint idempotency_person_id_operation_key_key unique (person_id, operation, key);
grant insert, select, update on app.idempotency to jiebang_auth;
grant usage on sequence app.idempotency_id_seq to jiebang_auth;
grant select, delete on app.idempotency to jiebang_worker;

set role jiebang_auth;

-- The worker runs a job with its own rights, so a login may ask for the kinds that its operations need, and no other.
create function app.emit(kind text, payload jsonb, fairness_key text, request text) returns bigint
language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  job bigint;
begin
  if session_user <> 'jiebang_worker' and not session_user = any (coalesce((select k.logins from job_kind k where k.kind = emit.kind), '{}')) then
    raise insufficient_privilege using message = 'this login asks for no such job';
  end if;
  insert into outbox (kind, payload, fairness_key, created_at, run_at, attempts, request_id)
  values (emit.kind, emit.payload, emit.fairness_key, clock_timestamp(), clock_timestamp(), 0, nullif(request, ''))
  returning id into job;
  return job;
end $$;

-- A login says what its own operations do, and no more: nobody writes history for another desk.
create function app.audit(action text, object_kind text, object_id uuid, topic_id uuid, detail jsonb, request text) returns void
language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  entry bigint;
begin
  if not session_user = any (coalesce((select a.logins from audit_action a where a.action = audit.action), '{}')) then
    raise insufficient_privilege using message = 'this login says no such thing';
  end if;
  insert into audit_entry (at, actor_id, role_name, org_id, action, object_kind, object_id, topic_id, detail, request_id)
  values (clock_timestamp(), app.me(), session_user, app.my_org(), audit.action, object_kind, object_id, topic_id, detail, nullif(request, ''))
  returning id into entry;
  insert into audit_pending (entry_id) values (entry);
end $$;

-- Null: first time, go on (a concurrent twin waits here until we are done). Otherwise the stored answer.
create function app.idempotency_begin(operation_ text, key_ text, fingerprint_ bytea)
returns table (same boolean, status integer, headers jsonb, body bytea)
language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  person uuid := app.me();
begin
  insert into idempotency as i (person_id, operation, key, fingerprint, created_at)
  values (person, operation_, key_, fingerprint_, clock_timestamp())
  on conflict (person_id, operation, key) do nothing;
  if found then
    return;
  end if;
  return query select i.fingerprint = fingerprint_, i.status, i.headers, i.body from idempotency i
    where i.person_id = person and i.operation = operation_ and i.key = key_;
end $$;

create function app.idempotency_complete(operation_ text, key_ text, status_ integer, headers_ jsonb, body_ bytea) returns void
language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  update idempotency i set status = status_, headers = headers_, body = body_
   where i.person_id = app.me() and i.operation = operation_ and i.key = key_;
end $$;

grant execute on function app.emit(text, jsonb, text, text) to jiebang_public, jiebang_member, jiebang_officer, jiebang_reviewer, jiebang_worker;
grant execute on function app.audit(text, text, uuid, uuid, jsonb, text) to jiebang_public, jiebang_member, jiebang_officer, jiebang_reviewer, jiebang_worker;
grant execute on function app.idempotency_begin(text, text, bytea), app.idempotency_complete(text, text, integer, jsonb, bytea) to jiebang_member, jiebang_officer, jiebang_reviewer;
reset role;
