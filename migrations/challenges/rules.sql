-- Challenges: taxonomy, rule sets, calendars, topics.

call app.project('taxonomy_node', 'fields, tracks and directions of each taxonomy version');
call app.project('rule_set', 'immutable versions of rule sets');
call app.project('working_calendar', 'holidays and make-up workdays by year');
call app.project('public_topic', 'what everybody may read of a published topic');
call app.protect('topic', 'identity', 'topics as their agency works on them');
call app.protect('topic_version', 'identity', 'published texts with their rules, frozen');
call app.protect('topic_role', 'identity', 'what officers do for a topic');
call app.protect('topic_bar', 'identity', 'who is kept out of a topic, and why');

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
alter table app.topic add constraint topic_freeze_check check ((frozen_at is null) = (freeze_reason is null));
create index topic_frozen_idx on app.topic (id) where frozen_at is not null;
alter table app.topic_bar add constraint topic_bar_topic_id_agency_id_fkey foreign key (topic_id, agency_id) references app.topic (id, agency_id),
  add constraint topic_bar_person_id_fkey foreign key (person_id) references app.person (id),
  add constraint topic_bar_ground_check check (ground in ('conflict', 'incident')),
  add constraint topic_bar_lifted_at_check check ((lifted_at is null) = (lifted_by is null)),
  add constraint topic_bar_people_check check (lifted_by is distinct from person_id);
create unique index topic_bar_topic_id_person_id_standing_key on app.topic_bar (topic_id, person_id) where lifted_at is null;
create index topic_bar_person_id_idx on app.topic_bar (person_id);
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
grant select, insert, update on app.topic_bar to jiebang_auth;
grant insert, delete on app.topic_role to jiebang_auth;
grant insert, update on app.public_topic to jiebang_auth;
grant select, update (status, version, updated_at, frozen_at, freeze_reason) on app.topic to jiebang_worker;
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
  and case role when 'legal_budget_reviewer' then person_id = (select app.me()) and (select app.may('topic.review_law'))
    when 'approver' then person_id = (select app.me()) and (select app.may('topic.approve'))
    else (select app.may('topic.appoint')) end);
create policy officer_delete on app.topic_role for delete to jiebang_officer using (agency_id = (select app.my_org()) and (select app.my_roles())::text[] && '{agency_officer,legal_budget_reviewer}');

set role jiebang_auth;

-- Locks the topic's row as a bidder may not, and answers with the instant that counts.
create function app.topic_gate(topic uuid, out agency uuid, out closes_at timestamptz, out published boolean, out frozen boolean, out at timestamptz)
language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  select t.agency_id, t.closes_at, t.status = 'published', t.frozen_at is not null into agency, closes_at, published, frozen
    from topic t where t.id = topic and t.published_at is not null for share;
  at := app.clock();
end $$;

-- Topics for which a person bids: the applications say which, once there are any.
create function app.topics_bid_for(person uuid) returns setof uuid language sql stable
begin atomic
  select null::uuid where false;
end;

-- Topics that a person is kept out of; reviewers out of frozen ones too, officers and reviewers out of those for which
-- they bid themselves: staff may not apply, and whoever applied and became staff later stays an applicant.
create function app.topics_barred_to(person uuid) returns setof uuid language sql stable
begin atomic
  select b.topic_id from app.topic_bar b where b.person_id = topics_barred_to.person and b.lifted_at is null
  union all select t.id from app.topic t where t.frozen_at is not null and session_user = 'jiebang_reviewer'
  union all select b.id from app.topics_bid_for(topics_barred_to.person) b (id) where session_user in ('jiebang_officer', 'jiebang_reviewer');
end;

create function app.my_barred_topics() returns uuid[] language sql stable security definer return
  array(select b.id from app.my_session() s cross join lateral app.topics_barred_to(s.person_id) b (id));

-- What a colleague of the topic's agency is for a topic; nothing any more once he has left the agency.
create function app.my_topic_roles(topic uuid) returns text[] language sql stable security definer return
  array(select r.role from app.topic_role r where r.topic_id = topic and r.person_id = (select app.me())
    and r.agency_id = (select app.my_org()) and cardinality((select app.my_roles())) > 0 and topic <> all (app.my_barred_topics()) order by 1);

create function app.may_on(right_ text, topic uuid) returns boolean language sql stable security definer return
  exists (select from app.access_right a where a.code = right_ and a.place = 'topic' and a.roles && app.my_topic_roles(topic)) and app.decides();

-- Keep somebody out of a topic: oneself for a conflict, anybody by who handles incidents. Answers false where it stands.
create function app.bar_from_topic(topic uuid, person uuid, ground_ text, reason_ text) returns boolean
language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  t topic;
begin
  select * into t from topic x where x.id = topic and x.agency_id = app.my_org();
  if t.id is null or not (case ground_ when 'conflict' then person = app.me() and cardinality(app.my_roles()) > 0 else app.may('incident.handle') and person <> app.me() end)
     or topic = any (app.my_barred_topics()) then
    raise insufficient_privilege;
  end if;
  insert into topic_bar (id, topic_id, agency_id, person_id, ground, reason, barred_by, barred_at)
  values (gen_random_uuid(), topic, t.agency_id, person, ground_, reason_, app.me(), app.clock())
  on conflict (topic_id, person_id) where lifted_at is null do nothing;
  return found;
end $$;

create function app.lift_topic_bar(topic uuid, person uuid) returns boolean
language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if not app.may('incident.handle') or person = app.me() then
    raise insufficient_privilege;
  end if;
  update topic_bar b set lifted_by = app.me(), lifted_at = app.clock()
   where b.topic_id = topic and b.person_id = person and b.lifted_at is null and b.agency_id = app.my_org()
     and topic <> all (app.my_barred_topics());
  return found;
end $$;

-- Who is or was kept out of a topic, by name, the newest first; nothing for who is kept out himself.
create function app.topic_bars(topic uuid) returns table (person_id uuid, person_name text, ground text, reason text, barred_by uuid,
  barred_by_name text, barred_at timestamptz, lifted_by uuid, lifted_by_name text, lifted_at timestamptz) language sql stable security definer
begin atomic
  select b.person_id, p.display_name, b.ground, b.reason, b.barred_by, q.display_name, b.barred_at, b.lifted_by, r.display_name, b.lifted_at
  from app.topic_bar b join app.person p on p.id = b.person_id join app.person q on q.id = b.barred_by left join app.person r on r.id = b.lifted_by
  where b.topic_id = topic_bars.topic and b.agency_id = (select app.my_org()) and b.topic_id <> all (app.my_barred_topics())
  order by b.barred_at desc, b.id limit 500;
end;

-- Freeze a topic (nobody bids, decides or reviews; reviewers see nothing of it), or thaw it again.
create function app.freeze_topic(topic uuid, reason_ text) returns boolean
language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if not app.may('incident.handle') then
    raise insufficient_privilege;
  end if;
  update topic t set frozen_at = case when reason_ is not null then app.clock() end, freeze_reason = reason_
   where t.id = topic and t.agency_id = app.my_org() and (t.frozen_at is null) = (reason_ is not null) and topic <> all (app.my_barred_topics());
  return found;
end $$;

-- Hand one person's topic duties to another, for every topic of the agency that is under way; how many.
create function app.reassign_topics(leaver uuid, successor uuid) returns integer
language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  n integer;
begin
  if not app.may('incident.handle') or leaver = successor
     or not exists (select from app.colleague(successor) c where not 'supervisor' = any (c.roles)) then
    raise insufficient_privilege;
  end if;
  with gone as (
    delete from topic_role r using topic t where t.id = r.topic_id and r.agency_id = app.my_org() and r.person_id = leaver
      and r.role in ('screener', 'draw_officer', 'opening_officer') and t.status <> 'awarded' and t.frozen_at is null
      and r.topic_id <> all (app.my_barred_topics())
      and not exists (select from topic_bar b where b.topic_id = r.topic_id and b.person_id = successor and b.lifted_at is null)
      and r.topic_id not in (select app.topics_bid_for(successor))
    returning r.topic_id, r.role)
  insert into topic_role (id, topic_id, agency_id, person_id, person_name, role, granted_by, granted_at)
  select gen_random_uuid(), g.topic_id, app.my_org(), successor, (select c.name from app.colleague(successor) c), g.role, app.me(), app.now() from gone g
  on conflict (topic_id, person_id, role) do nothing;
  get diagnostics n = row_count;
  return n;
end $$;

-- Who read what of a topic, or of everything the agency may ask for; the newest first.
create function app.reads_of_topic(topic uuid, before bigint, most integer)
returns table (id bigint, at timestamptz, actor_id uuid, actor_name text, login text, action text, object_kind text, object_id uuid)
language sql stable security definer
begin atomic
  select e.id, e.at, e.actor_id, p.display_name, e.role_name, e.action, e.object_kind, e.object_id
  from app.audit_entry e join app.audit_action a on a.action = e.action and a.sensitive left join app.person p on p.id = e.actor_id
  where e.topic_id = reads_of_topic.topic and app.may('incident.reads') and topic <> all (app.my_barred_topics())
    and exists (select from app.topic t where t.id = reads_of_topic.topic and t.agency_id = (select app.my_org())
      and (e.role_name <> 'jiebang_member' or t.opened_at is not null))
    and (before is null or e.id < before)
  order by e.id desc limit most;
end;

-- What a supervisor reads of the log: his authority's acts and topics, but nothing that tells of a sealed bid before the
-- opening, nor of a topic that he is kept out of.
create function app.audit_scope() returns table (topics uuid[], sealed uuid[]) language sql stable security definer
begin atomic
  select array_agg(t.id), coalesce(array_agg(t.id) filter (where t.opened_at is null), '{}') from app.topic t
  where app.may('audit.read') and (t.agency_id = (select app.my_org()) or t.funder_id = (select app.my_org())) and t.id <> all (app.my_barred_topics());
end;

create function app.audit_shown(topic uuid, org uuid, kind text, login text, topics uuid[], sealed uuid[], mine uuid) returns boolean language sql immutable
return coalesce(case when topic is null then org = mine
  else topic = any (topics) and (topic <> all (sealed) or (login <> 'jiebang_member' and kind not in ('team', 'application', 'material'))) end, false);

create function app.audit_search(before bigint, most integer, action_ text, actor uuid, object uuid, topic_ uuid, since timestamptz, until timestamptz)
returns table (id bigint, at timestamptz, actor_id uuid, actor_name text, login text, org_id uuid, action text, object_kind text, object_id uuid,
  topic_id uuid, detail jsonb, request_id text, seq bigint)
language plpgsql stable security definer set search_path = app, pg_temp as $$
declare
  s record;
  mine uuid := app.my_org();
begin
  if not app.may('audit.read') then
    raise insufficient_privilege;
  end if;
  select * into s from app.audit_scope();
  return query select e.id, e.at, e.actor_id, p.display_name, e.role_name, e.org_id, e.action, e.object_kind, e.object_id, e.topic_id, e.detail, e.request_id, l.seq
    from audit_entry e left join person p on p.id = e.actor_id left join audit_link l on l.entry_id = e.id
   where (e.topic_id = any (s.topics) or (e.topic_id is null and e.org_id = mine))
     and app.audit_shown(e.topic_id, e.org_id, e.object_kind, e.role_name, s.topics, s.sealed, mine)
     and (before is null or e.id < before) and (action_ is null or starts_with(e.action, action_)) and (actor is null or e.actor_id = actor)
     and (object is null or e.object_id = object) and (topic_ is null or e.topic_id = topic_)
     and (since is null or e.at >= since) and (until is null or e.at < until)
   order by e.id desc limit most;
end $$;

-- The chain from a link on, for an export: every link, but of entries that he must not see the digest alone.
create function app.audit_chain(after bigint, most integer)
returns table (seq bigint, prev_hash bytea, digest bytea, hash bytea, entry_id bigint, shown boolean, id bigint, at timestamptz, actor_id uuid, role_name text,
  org_id uuid, action text, object_kind text, object_id uuid, topic_id uuid, detail text, request_id text)
language plpgsql stable security definer set search_path = app, pg_temp as $$
declare
  s record;
  mine uuid := app.my_org();
begin
  if not app.may('audit.read') then
    raise insufficient_privilege;
  end if;
  select * into s from app.audit_scope();
  return query select l.seq, l.prev_hash, l.digest, l.hash, l.entry_id, app.audit_shown(e.topic_id, e.org_id, e.object_kind, e.role_name, s.topics, s.sealed, mine),
      e.id, e.at, e.actor_id, e.role_name, e.org_id, e.action, e.object_kind, e.object_id, e.topic_id, e.detail::text, e.request_id
    from audit_link l join audit_entry e on e.id = l.entry_id where l.seq > after order by l.seq limit most;
end $$;

-- Where the chain stands: its last link, and how many entries wait for theirs and for how long (seconds).
create function app.audit_state(out links bigint, out head bytea, out waiting bigint, out lag double precision)
language plpgsql stable security definer set search_path = app, pg_temp as $$
begin
  if not app.may('audit.read') then
    raise insufficient_privilege;
  end if;
  select l.seq, l.hash into links, head from audit_link l order by l.seq desc limit 1;
  select count(*), coalesce(extract(epoch from clock_timestamp() - min(e.at)), 0) into waiting, lag
    from audit_pending w join audit_entry e on e.id = w.entry_id;
end $$;

-- Nothing of a frozen topic changes on a desk, whatever statement reaches it.
create function app.topic_frozen() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  topic uuid := case when tg_op = 'DELETE' then old.topic_id else new.topic_id end;
begin
  if session_user in ('jiebang_member', 'jiebang_officer', 'jiebang_reviewer')
     and exists (select from topic t where t.id = topic and t.frozen_at is not null) then
    raise insufficient_privilege using message = 'the topic is frozen';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;

-- Organisations that an agency may name as funder or end user: exact look-up, officers alone.
create function app.find_party(uscc_ text) returns table (id uuid, kind text, name_zh text, name_en text) language sql stable security definer
begin atomic
  select o.id, o.kind, o.name_zh, o.name_en from app.organisation o where o.uscc = uscc_ and app.me() is not null;
end;

create function app.party_names(org uuid) returns table (kind text, name_zh text, name_en text) language sql stable security definer
begin atomic
  select o.kind, o.name_zh, o.name_en from app.organisation o where o.id = org and app.me() is not null;
end;

-- A colleague, for a topic role: a person with a role in the officer's acting organisation, of its own or granted.
create function app.colleague(person uuid) returns table (name text, roles text[]) language sql stable security definer
begin atomic
  select p.display_name, app.roles_in(p.id, (select app.my_org())) from app.person p
   where p.id = person and cardinality(app.roles_in(p.id, (select app.my_org()))) > 0;
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
  me uuid := app.me();
begin
  if not officer and session_user <> 'jiebang_worker' then
    return new;
  end if;
  if tg_op = 'INSERT' then
    if new.status <> 'draft' or new.opening_first_id is not null or new.opened_at is not null or new.legal_reviewer_id is not null
       or new.approver_id is not null or not app.may('topic.create')
       or not exists (select from organisation o where o.id = new.agency_id and o.kind = 'agency') then
      raise insufficient_privilege using message = 'a topic begins as an agency''s draft';
    end if;
    return new;
  end if;
  if old.frozen_at is not null and new.frozen_at is not null and officer then
    raise insufficient_privilege using message = 'the topic is frozen';
  end if;
  if (old.status, new.status) = ('draft', 'draft') and officer and not app.may_on('topic.edit', new.id)
     and (new.body, new.closes_at, new.rule_set_id, new.funder_id, new.end_user_id)
       is distinct from (old.body, old.closes_at, old.rule_set_id, old.funder_id, old.end_user_id) then
    raise insufficient_privilege using message = 'a draft is its drafter''s';
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
    when 'draft review' then officer and app.may_on('topic.edit', new.id)
    when 'review draft' then officer and app.may('topic.review_law') and new.legal_reviewer_id is null and new.approver_id is null
    when 'legal_passed draft' then officer and app.may('topic.approve') and new.legal_reviewer_id is null and new.approver_id is null
    when 'approved draft' then officer and app.may('topic.approve') and new.legal_reviewer_id is null and new.approver_id is null
    when 'review legal_passed' then officer and app.may('topic.review_law') and new.legal_reviewer_id = me
    when 'legal_passed approved' then officer and app.may('topic.approve') and new.approver_id = me
    when 'approved published' then officer and app.may_on('topic.publish', new.id) and app.may('topic.approve') and new.approver_id = me
      and new.published_at between app.clock() - interval '1 minute' and app.clock() and new.closes_at > new.published_at
    when 'published screening' then officer and new.opened_at is not null and app.may_on('applications.open', new.id)
    when 'screening reviewing' then not officer
    when 'reviewing proposed' then officer and app.may('award.decide')
    when 'proposed public_notice' then officer and app.may('award.decide')
    when 'public_notice awarded' then officer and app.may('award.decide')
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

grant execute on function app.topic_guard(), app.topic_version_guard(), app.topic_frozen() to jiebang_owner;
grant execute on function app.may_on(text, uuid), app.topic_bars(uuid), app.bar_from_topic(uuid, uuid, text, text), app.lift_topic_bar(uuid, uuid),
  app.freeze_topic(uuid, text), app.reassign_topics(uuid, uuid), app.reads_of_topic(uuid, bigint, integer),
  app.audit_search(bigint, integer, text, uuid, uuid, uuid, timestamptz, timestamptz), app.audit_chain(bigint, integer), app.audit_state() to jiebang_officer;
grant execute on function app.my_barred_topics() to jiebang_officer, jiebang_reviewer;
grant execute on function app.topic_gate(uuid) to jiebang_member;
grant execute on function app.my_topic_roles(uuid), app.find_party(text), app.party_names(uuid), app.colleague(uuid), app.next_topic_code(),
  app.project_topic(uuid, text, text, text[], text[], text[]) to jiebang_officer;
grant execute on function app.mirror_topic_status() to jiebang_owner;
reset role;

create trigger topic_status_mirror after update of status on app.topic for each row
  when (new.published_at is not null and new.status is distinct from old.status) execute function app.mirror_topic_status();
create trigger topic_guard before insert or update on app.topic for each row execute function app.topic_guard();
create trigger topic_version_guard before insert on app.topic_version for each row execute function app.topic_version_guard();

-- Who is kept out of a topic sees nothing of it; a supervisor changes nothing; nothing of a frozen topic changes.
create procedure app.of_topic(tablename text, topic_column text) language plpgsql as $$
begin
  execute format('create policy barred on app.%I as restrictive to jiebang_officer, jiebang_reviewer using (%I <> all ((select app.my_barred_topics())::uuid[]))', tablename, topic_column);
  execute format('create policy decides_insert on app.%I as restrictive for insert to jiebang_officer with check ((select app.decides()))', tablename);
  execute format('create policy decides_update on app.%I as restrictive for update to jiebang_officer using ((select app.decides()))', tablename);
  execute format('create policy decides_delete on app.%I as restrictive for delete to jiebang_officer using ((select app.decides()))', tablename);
  if topic_column = 'topic_id' then
    execute format('create trigger %I before insert or update or delete on app.%I for each row execute function app.topic_frozen()', tablename || '_freeze', tablename);
  end if;
end $$;
call app.of_topic('topic', 'id');
call app.of_topic('topic_version', 'topic_id');
call app.of_topic('topic_role', 'topic_id');

insert into app.audit_action (action, logins, sensitive) values
  ('topic.drafted', '{jiebang_officer}', false),
  ('topic.edited', '{jiebang_officer}', false),
  ('topic.submit', '{jiebang_officer}', false),
  ('topic.return', '{jiebang_officer}', false),
  ('topic.pass_legal', '{jiebang_officer}', false),
  ('topic.approve', '{jiebang_officer}', false),
  ('topic.publish', '{jiebang_officer}', false),
  ('topic.begin_screening', '{jiebang_officer}', false),
  ('topic.begin_review', '{jiebang_worker}', false),
  ('topic.propose', '{jiebang_officer}', false),
  ('topic.give_notice', '{jiebang_officer}', false),
  ('topic.award', '{jiebang_officer}', false),
  ('topic.role_granted', '{jiebang_officer}', false),
  ('topic.role_revoked', '{jiebang_officer}', false),
  ('topic.barred', '{jiebang_officer}', false),
  ('topic.bar_lifted', '{jiebang_officer}', false),
  ('topic.frozen', '{jiebang_officer,jiebang_worker}', false),
  ('topic.thawed', '{jiebang_officer,jiebang_worker}', false),
  ('topic.reassigned', '{jiebang_officer}', false),
  ('topic.reads_read', '{jiebang_officer,jiebang_worker}', true);
