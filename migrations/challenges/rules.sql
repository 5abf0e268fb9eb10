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
alter table app.public_topic add constraint public_topic_topic_id_fkey foreign key (topic_id) references app.topic (id);
create index public_topic_published_at_idx on app.public_topic (published_at desc, topic_id desc);
create index public_topic_track_code_idx on app.public_topic (track_code);
create index public_topic_bigrams_idx on app.public_topic using gin (bigrams) with (fastupdate = off);
create trigger topic_version_append_only before update or delete or truncate on app.topic_version for each statement execute function app.refuse_change();
create trigger rule_set_append_only before update or delete or truncate on app.rule_set for each statement execute function app.refuse_change();

grant select, update on app.topic to jiebang_auth;
grant select on app.topic_version, app.topic_role to jiebang_auth;
grant select, update on app.topic to jiebang_worker;
grant select on app.topic_version, app.topic_role to jiebang_worker;
grant insert, update on app.public_topic to jiebang_worker, jiebang_officer;
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

-- What an officer is for a topic, for policies and the service alike.
create function app.my_topic_roles(topic uuid) returns text[] language sql stable security definer return
  array(select r.role from app.topic_role r where r.topic_id = topic and r.person_id = (select app.me()));

-- Organisations that an agency may name as funder or end user: exact look-up, agencies and officers alone.
create function app.find_party(uscc_ text) returns table (id uuid, kind text, name_zh text, name_en text) language sql stable security definer
begin atomic
  select o.id, o.kind, o.name_zh, o.name_en from app.organisation o where o.uscc = uscc_ and app.me() is not null;
end;

create function app.party_names(org uuid) returns table (name_zh text, name_en text) language sql stable security definer
begin atomic
  select o.name_zh, o.name_en from app.organisation o where o.id = org and app.me() is not null;
end;

-- A colleague, for a topic role: a person with a role in the officer's acting organisation.
create function app.colleague(person uuid) returns text language sql stable security definer return
  (select max(r.person_name) from app.org_role r where r.person_id = person and r.org_id = (select app.my_org()));

grant execute on function app.topic_gate(uuid) to jiebang_member;
grant execute on function app.my_topic_roles(uuid), app.find_party(text), app.party_names(uuid), app.colleague(uuid) to jiebang_officer;
reset role;
