-- Challenges: taxonomy, rule sets, calendars, topics.

call app.project('taxonomy_node', 'fields, tracks and directions of each taxonomy version');
call app.project('rule_set', 'immutable versions of rule sets');
call app.project('working_calendar', 'holidays and make-up workdays by year');
call app.project('public_topic', 'what everybody may read of a published topic');
call app.protect('topic', 'identity', 'topics as their agency works on them');
call app.protect('topic_version', 'identity', 'published texts with their rules, frozen');
call app.protect('topic_role', 'identity', 'what officers do for a topic');

alter table app.taxonomy_node add constraint taxonomy_node_taxonomy_code_key unique (taxonomy, code),
  add constraint taxonomy_node_kind_check check (kind in ('field', 'track', 'direction'));
alter table app.rule_set add constraint rule_set_code_version_key unique (code, version);
alter table app.working_calendar add constraint working_calendar_year_key unique (year);
alter table app.topic add constraint topic_code_key unique (code),
  add constraint topic_agency_id_fkey foreign key (agency_id) references app.organisation (id),
  add constraint topic_funder_id_fkey foreign key (funder_id) references app.organisation (id),
  add constraint topic_end_user_id_fkey foreign key (end_user_id) references app.organisation (id),
  add constraint topic_rule_set_id_fkey foreign key (rule_set_id) references app.rule_set (id),
  add constraint topic_status_check check (status in ('draft', 'review', 'legal_passed', 'approved', 'published', 'screening', 'reviewing', 'proposed', 'public_notice', 'awarded')),
  add constraint topic_people_check check (drafter_id is distinct from legal_reviewer_id and drafter_id is distinct from approver_id and (legal_reviewer_id is null or legal_reviewer_id is distinct from approver_id)),
  add constraint topic_published_at_check check ((published_at is null) = (status in ('draft', 'review', 'legal_passed', 'approved'))),
  add constraint topic_opened_at_check check (opened_at is null or (opened_at >= closes_at and opened_by is distinct from opening_first_id));
create index topic_agency_id_idx on app.topic (agency_id, created_at);
create index topic_funder_id_idx on app.topic (funder_id);
alter table app.topic_version add constraint topic_version_topic_id_n_key unique (topic_id, n),
  add constraint topic_version_topic_id_fkey foreign key (topic_id) references app.topic (id);
alter table app.topic_role add constraint topic_role_topic_id_person_id_role_key unique (topic_id, person_id, role),
  add constraint topic_role_topic_id_fkey foreign key (topic_id) references app.topic (id),
  add constraint topic_role_role_check check (role in ('drafter', 'legal_budget_reviewer', 'approver', 'screener', 'draw_officer', 'opening_officer'));
create index topic_role_person_id_idx on app.topic_role (person_id);
-- Who writes a topic, who checks its law and budget and who approves it are three people.
create unique index topic_role_topic_id_person_id_three_people_key on app.topic_role (topic_id, person_id)
  where role in ('drafter', 'legal_budget_reviewer', 'approver');
alter table app.public_topic add constraint public_topic_topic_id_fkey foreign key (topic_id) references app.topic (id);
create index public_topic_published_at_idx on app.public_topic (published_at desc, topic_id desc);
create index public_topic_terms_idx on app.public_topic using gin (terms) with (fastupdate = off);
create trigger topic_version_append_only before update or delete or truncate on app.topic_version for each statement execute function app.refuse_change();
create trigger rule_set_append_only before update or delete or truncate on app.rule_set for each statement execute function app.refuse_change();

grant select, update on app.topic to jiebang_auth;
grant select on app.topic_version, app.topic_role to jiebang_auth;
grant insert, update on app.public_topic to jiebang_auth;
grant select, update on app.topic to jiebang_worker;
grant select on app.topic_version, app.topic_role to jiebang_worker;
grant insert on app.taxonomy_node, app.rule_set to jiebang_worker;
grant insert, update on app.working_calendar to jiebang_worker;

-- An officer works for one agency (or funder, who reads) at a time.
grant select, insert, update on app.topic to jiebang_officer;
create policy officer_select on app.topic for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
create policy officer_insert on app.topic for insert to jiebang_officer with check (agency_id = (select app.my_org()) and drafter_id = (select app.me()));
create policy officer_update on app.topic for update to jiebang_officer using (agency_id = (select app.my_org())) with check (agency_id = (select app.my_org()));
grant select, insert on app.topic_version to jiebang_officer;
create policy officer_select on app.topic_version for select to jiebang_officer using (agency_id = (select app.my_org()));
create policy officer_insert on app.topic_version for insert to jiebang_officer with check (agency_id = (select app.my_org()) and published_by = (select app.me()));
grant select, insert, delete on app.topic_role to jiebang_officer;
create policy officer_select on app.topic_role for select to jiebang_officer using (agency_id = (select app.my_org()));
create policy officer_insert on app.topic_role for insert to jiebang_officer with check (agency_id = (select app.my_org()) and granted_by = (select app.me()));
create policy officer_delete on app.topic_role for delete to jiebang_officer using (agency_id = (select app.my_org()));

set role jiebang_auth;

-- Locks the topic's row as a bidder may not, and answers with the instant that counts.
create function app.topic_gate(topic uuid, out agency uuid, out closes_at timestamptz, out published boolean, out at timestamptz)
language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  select t.agency_id, t.closes_at, t.status = 'published' into agency, closes_at, published
    from topic t where t.id = topic and t.published_at is not null for share;
  at := app.clock();
end $$;

-- What a colleague of the topic's agency is for a topic; nothing any more once he has left the agency.
create function app.my_topic_roles(topic uuid) returns text[] language sql stable security definer return
  array(select r.role from app.topic_role r where r.topic_id = topic and r.person_id = (select app.me())
    and r.agency_id = (select app.my_org()) and cardinality((select app.my_roles())) > 0 order by 1);

-- Organisations that an agency may name as funder or end user: exact look-up, officers alone.
create function app.find_party(uscc_ text) returns table (id uuid, kind text, name_zh text, name_en text) language sql stable security definer
begin atomic
  select o.id, o.kind, o.name_zh, o.name_en from app.organisation o where o.uscc = uscc_ and app.me() is not null;
end;

create function app.party_names(org uuid) returns table (kind text, name_zh text, name_en text) language sql stable security definer
begin atomic
  select o.kind, o.name_zh, o.name_en from app.organisation o where o.id = org and app.me() is not null;
end;

-- A colleague, for a topic role: a person with a role in the officer's acting organisation.
create function app.colleague(person uuid) returns table (name text, roles text[]) language sql stable security definer
begin atomic
  select max(r.person_name), array_agg(r.role order by r.role) from app.org_role r
   where r.person_id = person and r.org_id = (select app.my_org()) having count(*) > 0;
end;

-- The next free code of the year (2026-0001) in one line for all agencies, which cannot see one another's drafts.
create function app.next_topic_code() returns text language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  year text := to_char(app.clock() at time zone 'Asia/Shanghai', 'YYYY');
  n integer;
begin
  perform pg_advisory_xact_lock(7419003);
  select coalesce(max(split_part(t.code, '-', 2)::integer), 0) + 1 into n from topic t where t.code ~ ('^' || year || '-[0-9]{4,9}$');
  return year || '-' || case when n < 10000 then lpad(n::text, 4, '0') else n::text end;
end $$;

-- What the public reads, from the topic's newest frozen version; by the agency that has just published it.
create function app.project_topic(topic_ uuid, field text, track text, fields_ text[], tracks_ text[], terms_ text[]) returns void
language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  insert into public_topic (topic_id, code, n, status, field_code, track_code, fields, tracks, agency_id, agency_zh, agency_en,
    title_zh, title_en, purse_minor, currency, body, rules, sha256, published_at, closes_at, terms)
  select t.id, t.code, v.n, t.status, field, track, fields_, tracks_, t.agency_id, o.name_zh, o.name_en,
    v.body -> 'title' ->> 'zh', v.body -> 'title' ->> 'en', (v.body ->> 'purse_minor')::bigint, v.body ->> 'currency',
    v.body, v.rules, v.sha256, t.published_at, v.closes_at, terms_
  from topic t join topic_version v on v.topic_id = t.id join organisation o on o.id = t.agency_id
  where t.id = topic_ and t.status = 'published' and t.agency_id = app.my_org()
  order by v.n desc limit 1;
  if not found then
    raise insufficient_privilege;
  end if;
end $$;

-- The public status follows the topic's, whoever moves it.
create function app.mirror_topic_status() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  update public_topic p set status = new.status where p.topic_id = new.id;
  return null;
end $$;

grant execute on function app.topic_gate(uuid) to jiebang_member;
grant execute on function app.my_topic_roles(uuid), app.find_party(text), app.party_names(uuid), app.colleague(uuid), app.next_topic_code(),
  app.project_topic(uuid, text, text, text[], text[], text[]) to jiebang_officer;
grant execute on function app.mirror_topic_status() to jiebang_owner;
reset role;

create trigger topic_status_mirror after update of status on app.topic for each row
  when (new.published_at is not null and new.status is distinct from old.status) execute function app.mirror_topic_status();
