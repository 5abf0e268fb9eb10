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
  add constraint topic_id_agency_id_key unique (id, agency_id),
  add constraint topic_id_agency_id_funder_id_end_user_id_key unique (id, agency_id, funder_id, end_user_id),
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
  add constraint topic_version_topic_id_agency_id_fkey foreign key (topic_id, agency_id) references app.topic (id, agency_id);
alter table app.topic_role add constraint topic_role_topic_id_person_id_role_key unique (topic_id, person_id, role),
  add constraint topic_role_topic_id_agency_id_fkey foreign key (topic_id, agency_id) references app.topic (id, agency_id),
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
grant select, update (status, version, updated_at) on app.topic to jiebang_worker;
grant select on app.topic_version, app.topic_role to jiebang_worker;
grant insert on app.taxonomy_node, app.rule_set to jiebang_worker;
grant insert, update on app.working_calendar to jiebang_worker;

-- An officer works for one agency (or funder, who reads) at a time.
grant select, insert,
  update (funder_id, end_user_id, status, version, legal_reviewer_id, approver_id, rule_set_id, body, closes_at, published_at, return_reason, updated_at)
  on app.topic to jiebang_officer;
create policy officer_select on app.topic for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
create policy officer_insert on app.topic for insert to jiebang_officer with check (agency_id = (select app.my_org()) and drafter_id = (select app.me()));
create policy officer_update on app.topic for update to jiebang_officer using (agency_id = (select app.my_org())) with check (agency_id = (select app.my_org()));
grant select, insert on app.topic_version to jiebang_officer;
create policy officer_select on app.topic_version for select to jiebang_officer using (agency_id = (select app.my_org()));
create policy officer_insert on app.topic_version for insert to jiebang_officer with check (agency_id = (select app.my_org()) and published_by = (select app.me()));
grant select, insert, delete on app.topic_role to jiebang_officer;
create policy officer_select on app.topic_role for select to jiebang_officer using (agency_id = (select app.my_org()));
create policy officer_insert on app.topic_role for insert to jiebang_officer with check (agency_id = (select app.my_org()) and granted_by = (select app.me())
  and case role when 'legal_budget_reviewer' then person_id = (select app.me()) and 'legal_budget_reviewer' = any ((select app.my_roles())::text[])
    when 'approver' then person_id = (select app.me()) and 'agency_officer' = any ((select app.my_roles())::text[])
    else 'agency_officer' = any ((select app.my_roles())::text[]) end);
create policy officer_delete on app.topic_role for delete to jiebang_officer using (agency_id = (select app.my_org()) and (select app.my_roles())::text[] && '{agency_officer,legal_budget_reviewer}');

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

-- What a topic's states mean holds for every login, whatever statement reaches it: a draft alone is edited, each step is
-- taken by the person whom the row then names, and from publication on nothing but the state moves.
create function app.topic_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  officer boolean := session_user = 'jiebang_officer';
  roles text[] := app.my_roles();
  me uuid := app.me();
begin
  if not officer and session_user <> 'jiebang_worker' then
    return new;
  end if;
  if tg_op = 'INSERT' then
    if new.status <> 'draft' or new.opening_first_id is not null or new.opened_at is not null or new.legal_reviewer_id is not null
       or new.approver_id is not null or not 'agency_officer' = any (roles)
       or not exists (select from organisation o where o.id = new.agency_id and o.kind = 'agency') then
      raise insufficient_privilege using message = 'a topic begins as an agency''s draft';
    end if;
    return new;
  end if;
  if (old.status, new.status) not in (('draft', 'draft'))
     and (new.body, new.closes_at, new.rule_set_id, new.funder_id, new.end_user_id)
       is distinct from (old.body, old.closes_at, old.rule_set_id, old.funder_id, old.end_user_id) then
    raise insufficient_privilege using message = 'a topic that was submitted stands';
  end if;
  if (new.published_at is distinct from old.published_at and (old.status, new.status) <> ('approved', 'published'))
     or (new.legal_reviewer_id is distinct from old.legal_reviewer_id and (old.status, new.status) <> ('review', 'legal_passed') and new.status <> 'draft')
     or (new.approver_id is distinct from old.approver_id and (old.status, new.status) <> ('legal_passed', 'approved') and new.status <> 'draft') then
    raise insufficient_privilege using message = 'who decided on a topic stands';
  end if;
  if new.status = old.status then
    return new;
  end if;
  if not coalesce(case old.status || ' ' || new.status
    when 'draft review' then officer and 'drafter' = any (app.my_topic_roles(new.id))
    when 'review draft' then officer and 'legal_budget_reviewer' = any (roles) and new.legal_reviewer_id is null and new.approver_id is null
    when 'legal_passed draft' then officer and 'agency_officer' = any (roles) and new.legal_reviewer_id is null and new.approver_id is null
    when 'approved draft' then officer and 'agency_officer' = any (roles) and new.legal_reviewer_id is null and new.approver_id is null
    when 'review legal_passed' then officer and 'legal_budget_reviewer' = any (roles) and new.legal_reviewer_id = me
    when 'legal_passed approved' then officer and 'agency_officer' = any (roles) and new.approver_id = me
    when 'approved published' then officer and 'agency_officer' = any (roles) and new.approver_id = me
      and new.published_at between app.clock() - interval '1 minute' and app.clock() and new.closes_at > new.published_at
    when 'published screening' then officer and new.opened_at is not null and 'opening_officer' = any (app.my_topic_roles(new.id))
    when 'screening reviewing' then not officer
    when 'reviewing proposed' then officer and 'agency_officer' = any (roles)
    when 'proposed public_notice' then officer and 'agency_officer' = any (roles)
    when 'public_notice awarded' then officer and 'agency_officer' = any (roles)
  end, false) then
    raise insufficient_privilege using message = 'this is no step of a topic, or not this login''s';
  end if;
  return new;
end $$;

-- A version is what its topic said when it was published, frozen by the approver in the same step.
create function app.topic_version_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user = 'jiebang_officer' and (new.n <> 1 or not exists (
      select from topic t join rule_set r on r.id = t.rule_set_id
       where t.id = new.topic_id and t.status = 'published' and t.approver_id = app.me() and t.published_at = new.published_at
         and t.closes_at = new.closes_at and r.body @> new.rules
         and new.body -> 'purse_minor' = t.body -> 'purse_minor' and new.body -> 'award_count' = t.body -> 'award_count')) then
    raise insufficient_privilege using message = 'a version is frozen when its topic is published';
  end if;
  return new;
end $$;

grant execute on function app.topic_guard(), app.topic_version_guard() to jiebang_owner;
grant execute on function app.topic_gate(uuid) to jiebang_member;
grant execute on function app.my_topic_roles(uuid), app.find_party(text), app.party_names(uuid), app.colleague(uuid), app.next_topic_code(),
  app.project_topic(uuid, text, text, text[], text[], text[]) to jiebang_officer;
grant execute on function app.mirror_topic_status() to jiebang_owner;
reset role;

create trigger topic_status_mirror after update of status on app.topic for each row
  when (new.published_at is not null and new.status is distinct from old.status) execute function app.mirror_topic_status();
create trigger topic_guard before insert or update on app.topic for each row execute function app.topic_guard();
create trigger topic_version_guard before insert on app.topic_version for each row execute function app.topic_version_guard();
