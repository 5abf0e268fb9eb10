-- Applications. Sealed: until a topic is opened (`opened_at`), nobody but the team reads a row.

call app.protect('team', 'identity', 'teams that take up a topic');
call app.protect('team_org', 'identity', 'units of a team with their shares');
call app.protect('team_member', 'identity', 'people of a team');
call app.protect('team_invitation', 'identity', 'invitations to a team');
call app.protect('application', 'identity', 'what a team works on');
call app.protect('submission', 'identity', 'atomic acts of submitting, with receipts');
call app.protect('material', 'identity', 'files of a team');

alter table app.team add constraint team_topic_id_fkey foreign key (topic_id) references app.topic (id),
  add constraint team_lead_org_id_fkey foreign key (lead_org_id) references app.organisation (id),
  add constraint team_topic_id_lead_person_id_key unique (topic_id, lead_person_id),
  add constraint team_id_topic_id_agency_id_key unique (id, topic_id, agency_id);
-- What hangs on a team names the team's own topic and agency: a row cannot be slipped under another topic's seal.
alter table app.team_org add constraint team_org_team_id_org_id_key unique (team_id, org_id),
  add constraint team_org_team_id_topic_id_agency_id_fkey foreign key (team_id, topic_id, agency_id) references app.team (id, topic_id, agency_id),
  add constraint team_org_org_id_fkey foreign key (org_id) references app.organisation (id),
  add constraint team_org_work_bp_check check (work_bp between 0 and 10000),
  add constraint team_org_share_bp_check check (share_bp between 0 and 10000),
  add constraint team_org_role_check check (role in ('lead', 'partner'));
create unique index team_org_one_lead_key on app.team_org (team_id) where role = 'lead';
alter table app.team_member add constraint team_member_team_id_person_id_key unique (team_id, person_id),
  add constraint team_member_team_id_topic_id_agency_id_fkey foreign key (team_id, topic_id, agency_id) references app.team (id, topic_id, agency_id),
  add constraint team_member_person_id_fkey foreign key (person_id) references app.person (id),
  add constraint team_member_role_check check (role in ('lead', 'member'));
create index team_member_person_id_idx on app.team_member (person_id);
alter table app.team_invitation add constraint team_invitation_token_hash_key unique (token_hash),
  add constraint team_invitation_team_id_topic_id_agency_id_fkey foreign key (team_id, topic_id, agency_id) references app.team (id, topic_id, agency_id);
alter table app.application add constraint application_team_id_key unique (team_id),
  add constraint application_id_team_id_topic_id_agency_id_key unique (id, team_id, topic_id, agency_id),
  add constraint application_team_id_topic_id_agency_id_fkey foreign key (team_id, topic_id, agency_id) references app.team (id, topic_id, agency_id),
  add constraint application_status_check check (status in ('draft', 'submitted', 'eligible', 'ineligible', 'in_review', 'recommended', 'not_recommended', 'awarded', 'contracted'));
create index application_agency_id_idx on app.application (agency_id, topic_id);
create index application_topic_id_idx on app.application (topic_id);
alter table app.submission add constraint submission_receipt_no_key unique (receipt_no),
  add constraint submission_application_id_n_key unique (application_id, n),
  add constraint submission_application_id_team_id_topic_id_agency_id_fkey foreign key (application_id, team_id, topic_id, agency_id) references app.application (id, team_id, topic_id, agency_id),
  add constraint submission_id_application_id_key unique (id, application_id);
alter table app.application add constraint application_submission_id_id_fkey foreign key (submission_id, id) references app.submission (id, application_id);
create unique index submission_one_current_key on app.submission (application_id) where current;
create index submission_topic_id_idx on app.submission (topic_id);
alter table app.material add constraint material_quarantine_key_key unique (quarantine_key),
  add constraint material_object_key_key unique (object_key),
  add constraint material_team_id_topic_id_agency_id_fkey foreign key (team_id, topic_id, agency_id) references app.team (id, topic_id, agency_id),
  add constraint material_application_id_team_id_topic_id_agency_id_fkey foreign key (application_id, team_id, topic_id, agency_id) references app.application (id, team_id, topic_id, agency_id),
  add constraint material_quarantine_key_check check (quarantine_key ~ '^quarantine/[0-9a-f-]{36}$'),
  add constraint material_size_bytes_check check (size_bytes > 0),
  add constraint material_milestone_id_check check ((part = 'evidence') = (milestone_id is not null)),
  add constraint material_part_check check (part in ('part_a', 'part_b', 'evidence')),
  add constraint material_status_check check (status in ('pending', 'checked', 'refused')),
  add constraint material_object_key_check check ((status = 'checked') = (object_key is not null));
create index material_team_id_idx on app.material (team_id);

grant select, insert, update on app.team, app.team_org, app.team_member, app.team_invitation, app.application, app.submission, app.material to jiebang_auth;
grant select on app.team, app.team_org, app.team_member, app.application, app.submission, app.material to jiebang_worker;
grant select, delete on app.team_invitation to jiebang_worker;
grant update (status, version, updated_at) on app.application to jiebang_worker;
grant update (status, refusal, pages, object_key, checked_at) on app.material to jiebang_worker;

set role jiebang_auth;

create function app.my_teams() returns uuid[] language sql stable security definer return
  array(select m.team_id from app.team_member m where m.person_id = (select app.me()));

-- Who bids for a topic is kept out of it as an officer.
create or replace function app.topics_bid_for(person uuid) returns setof uuid language sql stable
begin atomic
  select m.topic_id from app.team_member m where m.person_id = topics_bid_for.person;
end;

-- Who may do what for a topic of the caller's agency, as the policy has it now; barred people are named as such, bidders
-- among them once the bids are open: until then nobody learns who bids. It asks the teams, and so is not among the topics' own.
create function app.topic_people(topic uuid) returns table (person_id uuid, person_name text, org_roles text[], topic_roles text[], barred text)
language sql stable security definer
begin atomic
  select p.id, p.display_name, app.roles_in(p.id, t.agency_id),
    array(select r.role from app.topic_role r where r.topic_id = t.id and r.person_id = p.id order by 1),
    coalesce((select b.ground from app.topic_bar b where b.topic_id = t.id and b.person_id = p.id and b.lifted_at is null),
      case when exists (select from app.team_member m where m.topic_id = t.id and m.person_id = p.id and m.opened_at <= app.now()) then 'conflict' end)
  from app.topic t join app.person p on p.id in (
      select r.person_id from app.org_role r where r.org_id = t.agency_id
      union select r.person_id from app.org_grant g join app.org_role r on r.org_id = g.grantee_id and r.role = g.role
        where g.agency_id = t.agency_id and g.revoked_at is null and g.expires_at > app.now())
  where t.id = topic_people.topic and t.agency_id = (select app.my_org())
  order by p.display_name, p.id;
end;

-- The lead's teams: who may change, invite and submit.
create function app.my_led_teams() returns uuid[] language sql stable security definer return
  array(select m.team_id from app.team_member m where m.person_id = (select app.me()) and m.role = 'lead');

-- A team begins with its lead person and lead unit; the topic must be open (the caller holds its gate).
create function app.found_team(topic uuid, name_ text, org uuid) returns uuid
language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  t topic;
  o organisation;
  team uuid;
  person uuid := app.me();
begin
  select * into t from topic x where x.id = topic and x.status = 'published' and x.closes_at > app.clock();
  select x.* into o from organisation x where x.id = org and x.id = any (app.my_orgs());
  if person is null or t.id is null or o.id is null or t.agency_id = any (app.my_orgs() || app.my_granted_orgs()) then
    raise insufficient_privilege;
  end if;
  insert into team (topic_id, agency_id, name, lead_person_id, lead_org_id, version, created_at)
  values (t.id, t.agency_id, name_, person, org, 1, app.now()) returning id into team;
  insert into team_org (team_id, topic_id, agency_id, org_id, role, name_zh, name_en, work_bp, share_bp, confirmed_by, confirmed_at)
  values (team, t.id, t.agency_id, org, 'lead', o.name_zh, o.name_en, 10000, 10000, person, app.now());
  insert into team_member (team_id, topic_id, agency_id, org_id, person_id, person_name, role, joined_at)
  values (team, t.id, t.agency_id, org, person, app.my_name(), 'lead', app.now());
  return team;
end $$;

-- A partner's person accepts: his unit joins the team, confirmed by him, and he with it.
create function app.accept_team_invitation(token bytea) returns uuid
language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  i team_invitation;
  o organisation;
begin
  select * into i from team_invitation x
   where x.token_hash = token and x.used_at is null and x.expires_at > now() and x.email = app.my_email() for update;
  if not found or not (i.org_id = any (app.my_orgs())) or i.agency_id = any (app.my_orgs() || app.my_granted_orgs()) then
    return null;
  end if;
  if (select t.closes_at from topic t where t.id = i.topic_id) <= app.clock() then
    return null;
  end if;
  update team_invitation x set used_at = now() where x.id = i.id;
  select * into o from organisation x where x.id = i.org_id;
  insert into team_org (team_id, topic_id, agency_id, org_id, role, name_zh, name_en, work_bp, share_bp, confirmed_by, confirmed_at)
  values (i.team_id, i.topic_id, i.agency_id, o.id, 'partner', o.name_zh, o.name_en, 0, 0, app.me(), app.now())
  on conflict (team_id, org_id) do nothing;
  insert into team_member (team_id, topic_id, agency_id, org_id, person_id, person_name, role, joined_at)
  values (i.team_id, i.topic_id, i.agency_id, o.id, app.me(), app.my_name(), 'member', app.now())
  on conflict (team_id, person_id) do nothing;
  update team t set version = t.version + 1 where t.id = i.team_id;
  return i.team_id;
end $$;

-- How many took the topic up: all that anyone but the team learns before the opening.
create function app.application_count(topic uuid) returns bigint language sql stable security definer return
  (select count(*) from app.application a where a.topic_id = topic and a.submission_id is not null);

-- The opening 开启: by the topic's agency, after the closing instant, once, by two opening officers.
-- The first one is only named; the second one's command opens. Answers how many were opened, null for the first.
create function app.open_topic_applications(topic uuid) returns integer
language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  t topic;
  at timestamptz;
  n integer;
begin
  select * into t from topic x where x.id = topic for update;
  at := app.clock();
  if t.id is null or t.agency_id is distinct from app.my_org() or t.closes_at > at or t.status <> 'published'
     or t.opened_at is not null or t.opening_first_id = app.me()
     or not app.may_on('applications.open', topic) then
    raise insufficient_privilege;
  end if;
  if t.opening_first_id is null then
    update topic x set opening_first_id = app.me() where x.id = topic;
    return null;
  end if;
  update topic x set opened_at = at, opened_by = app.me() where x.id = topic;
  update application a set opened_at = at where a.topic_id = topic and a.submission_id is not null;
  get diagnostics n = row_count;
  update submission s set opened_at = at where s.topic_id = topic and s.current;
  update team x set opened_at = at where x.topic_id = topic and exists (select from application a where a.team_id = x.id and a.opened_at is not null);
  update team_org x set opened_at = at where x.topic_id = topic and exists (select from application a where a.team_id = x.team_id and a.opened_at is not null);
  update team_member x set opened_at = at where x.topic_id = topic and exists (select from application a where a.team_id = x.team_id and a.opened_at is not null);
  update material m set opened_at = at where m.topic_id = topic and m.part <> 'evidence'
    and m.id in (select (f ->> 'material_id')::uuid from submission s, jsonb_array_elements(s.manifest) f where s.topic_id = topic and s.current);
  return n;
end $$;

-- A bid changes in transactions that began while its topic took bids, whatever statement a member's login runs. Such a
-- one may be under way at the close, for seconds; the topic's row is held, so that the opening waits for it.
create function app.bid_open() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  topic uuid := case when tg_op = 'DELETE' then old.topic_id else new.topic_id end;
begin
  if session_user = 'jiebang_member' then
    perform from topic t where t.id = topic for share;
    if not exists (select from topic t where t.id = topic and t.status = 'published' and t.closes_at > app.clock() - interval '30 seconds'
        and t.closes_at > app.clock() - (clock_timestamp() - transaction_timestamp())) then
      raise insufficient_privilege using message = 'the topic takes no bids now';
    end if;
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;

-- The lead submits, and only what stands: the newest submission. The agency's steps are those of the lifecycle.
create function app.application_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user = 'jiebang_member' and (new.status, new.submission_id) is distinct from (old.status, old.submission_id)
     and not (new.team_id = any (app.my_led_teams()) and new.status = 'submitted'
       and exists (select from submission s where s.id = new.submission_id and s.application_id = new.id and s.current)) then
    raise insufficient_privilege using message = 'the lead submits, and what stands';
  end if;
  if new.status <> old.status and (
      (session_user = 'jiebang_officer' and not coalesce(case old.status || ' ' || new.status
         when 'submitted eligible' then app.may_on('applications.screen', new.topic_id)
         when 'submitted ineligible' then app.may_on('applications.screen', new.topic_id)
         when 'in_review recommended' then app.may('award.decide')
         when 'in_review not_recommended' then app.may('award.decide')
         when 'recommended awarded' then app.may('award.decide')
       end, false))
      or (session_user = 'jiebang_worker' and old.status || ' ' || new.status not in ('eligible in_review', 'awarded contracted'))) then
    raise insufficient_privilege using message = 'this is no step of an application, or not this login''s';
  end if;
  if session_user = 'jiebang_officer' and new.ineligible_reason is distinct from old.ineligible_reason
     and not (new.status = 'ineligible' and old.ineligible_reason is null and app.may_on('applications.screen', new.topic_id)) then
    raise insufficient_privilege using message = 'the screener''s reasons stand';
  end if;
  return new;
end $$;

-- Whether somebody of a team of the caller's works for the topic's agency, by a role or a grant,
-- whichever of the two came first.
create function app.staff_in_team(team uuid) returns boolean language sql stable security definer return
  exists (select from app.team_member m where m.team_id = staff_in_team.team and m.team_id = any (app.my_teams())
    and cardinality(app.roles_in(m.person_id, m.agency_id)) > 0);

-- A submission names the team's own checked files as they are, at the instant of the act; later it is only superseded.
create function app.submission_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user <> 'jiebang_member' then
    return new;
  end if;
  if tg_op = 'UPDATE' then
    if new.current then
      raise insufficient_privilege using message = 'a superseded submission stays superseded';
    end if;
    return new;
  end if;
  if not new.current or new.n <> (select coalesce(max(s.n), 0) + 1 from submission s where s.application_id = new.application_id)
     or new.submitted_at not between app.clock() - interval '1 minute' and app.clock()
     or new.submitted_at >= (select t.closes_at from topic t where t.id = new.topic_id)
     or jsonb_array_length(new.manifest) = 0
     or exists (select from jsonb_array_elements(new.manifest) f left join material m on m.id = (f ->> 'material_id')::uuid
          where m.id is null or m.team_id <> new.team_id or m.status <> 'checked' or m.part = 'evidence'
            or (m.part, m.object_key, m.sha256, m.size_bytes) is distinct from (f ->> 'part', f ->> 'object_key', f ->> 'sha256', (f ->> 'size_bytes')::bigint)) then
    raise insufficient_privilege using message = 'a submission names the team''s own checked files, now';
  end if;
  if app.staff_in_team(new.team_id) then
    raise insufficient_privilege using message = 'staff of the agency do not apply';
  end if;
  return new;
end $$;

-- Whether a member may still take a file away: not once any submission names it.
create function app.material_kept() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user = 'jiebang_member' and exists (select from submission s where s.team_id = old.team_id
      and s.manifest @> jsonb_build_array(jsonb_build_object('material_id', old.id::text))) then
    raise insufficient_privilege using message = 'a submitted file stays';
  end if;
  return old;
end $$;

-- Of these object keys, those that a row still names: nobody's job may delete them.
create function app.keys_in_use(keys text[]) returns text[] language sql stable security definer return
  array(select k from unnest(keys) k where
    exists (select from app.material m where (m.quarantine_key = k and m.status = 'pending') or m.object_key = k)
    or exists (select from app.submission s where s.manifest @> jsonb_build_array(jsonb_build_object('object_key', k))));

grant execute on function app.bid_open(), app.application_guard(), app.submission_guard(), app.material_kept() to jiebang_owner;
grant execute on function app.keys_in_use(text[]) to jiebang_worker;
grant execute on function app.my_teams(), app.my_led_teams(), app.staff_in_team(uuid), app.found_team(uuid, text, uuid),
  app.accept_team_invitation(bytea) to jiebang_member;
grant execute on function app.application_count(uuid) to jiebang_public, jiebang_member, jiebang_officer;
grant execute on function app.topic_people(uuid), app.open_topic_applications(uuid) to jiebang_officer;
reset role;

grant select, update (name, version) on app.team to jiebang_member;
create policy member_select on app.team for select to jiebang_member using (id = any ((select app.my_teams())::uuid[]));
create policy member_update on app.team for update to jiebang_member using (id = any ((select app.my_led_teams())::uuid[]) and opened_at is null);
grant select, update (work_bp, share_bp), delete on app.team_org to jiebang_member;
create policy member_select on app.team_org for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy member_update on app.team_org for update to jiebang_member using (team_id = any ((select app.my_led_teams())::uuid[]) and opened_at is null);
create policy member_delete on app.team_org for delete to jiebang_member using (team_id = any ((select app.my_led_teams())::uuid[]) and role = 'partner' and opened_at is null);
grant select, delete on app.team_member to jiebang_member;
create policy member_select on app.team_member for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy member_delete on app.team_member for delete to jiebang_member using (team_id = any ((select app.my_led_teams())::uuid[]) and role = 'member' and opened_at is null);
grant select (id, team_id, topic_id, agency_id, email, org_id, invited_by, created_at, expires_at, used_at), insert, delete on app.team_invitation to jiebang_member;
create policy member_select on app.team_invitation for select to jiebang_member using (team_id = any ((select app.my_led_teams())::uuid[]));
create policy member_insert on app.team_invitation for insert to jiebang_member with check (team_id = any ((select app.my_led_teams())::uuid[]) and invited_by = (select app.me()) and used_at is null);
create policy member_delete on app.team_invitation for delete to jiebang_member using (team_id = any ((select app.my_led_teams())::uuid[]));
grant select, insert, update (status, version, answers, submission_id, updated_at) on app.application to jiebang_member;
create policy member_select on app.application for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy member_insert on app.application for insert to jiebang_member with check (team_id = any ((select app.my_led_teams())::uuid[]) and status = 'draft' and submission_id is null and opened_at is null);
create policy member_update on app.application for update to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]) and status in ('draft', 'submitted') and opened_at is null) with check (status in ('draft', 'submitted'));
grant select, insert, update (current) on app.submission to jiebang_member;
create policy member_select on app.submission for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy member_insert on app.submission for insert to jiebang_member with check (team_id = any ((select app.my_led_teams())::uuid[]) and submitted_by = (select app.me()) and opened_at is null);
create policy member_update on app.submission for update to jiebang_member using (team_id = any ((select app.my_led_teams())::uuid[]) and opened_at is null);
grant select, insert, delete on app.material to jiebang_member;
create policy member_select on app.material for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy member_insert on app.material for insert to jiebang_member with check (team_id = any ((select app.my_teams())::uuid[]) and created_by = (select app.me()) and status = 'pending' and opened_at is null);
create policy member_delete on app.material for delete to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]) and opened_at is null);

grant select on app.team, app.team_org, app.team_member, app.submission, app.material to jiebang_officer;
grant select, update (status, version, ineligible_reason, updated_at) on app.application to jiebang_officer;
create policy officer_select on app.team for select to jiebang_officer using (agency_id = (select app.my_org()) and opened_at <= app.now());
create policy officer_select on app.team_org for select to jiebang_officer using (agency_id = (select app.my_org()) and opened_at <= app.now());
create policy officer_select on app.team_member for select to jiebang_officer using (agency_id = (select app.my_org()) and opened_at <= app.now());
create policy officer_select on app.application for select to jiebang_officer using (agency_id = (select app.my_org()) and opened_at <= app.now());
create policy officer_update on app.application for update to jiebang_officer using (agency_id = (select app.my_org()) and opened_at <= app.now());
create policy officer_select on app.submission for select to jiebang_officer using (agency_id = (select app.my_org()) and opened_at <= app.now());
create policy officer_select on app.material for select to jiebang_officer using (agency_id = (select app.my_org()) and opened_at <= app.now());

create trigger team_bid_open before update on app.team for each row execute function app.bid_open();
create trigger team_org_bid_open before update or delete on app.team_org for each row execute function app.bid_open();
create trigger team_member_bid_open before delete on app.team_member for each row execute function app.bid_open();
create trigger team_invitation_bid_open before insert on app.team_invitation for each row execute function app.bid_open();
create trigger application_bid_open before insert or update on app.application for each row execute function app.bid_open();
create trigger application_guard before update on app.application for each row execute function app.application_guard();
create trigger submission_bid_open before insert or update on app.submission for each row execute function app.bid_open();
create trigger submission_guard before insert or update on app.submission for each row execute function app.submission_guard();
create trigger material_bid_open before insert on app.material for each row when (new.part <> 'evidence') execute function app.bid_open();
create trigger material_kept before delete on app.material for each row execute function app.material_kept();

call app.of_topic('team', 'topic_id');
call app.of_topic('team_org', 'topic_id');
call app.of_topic('team_member', 'topic_id');
call app.of_topic('team_invitation', 'topic_id');
call app.of_topic('application', 'topic_id');
call app.of_topic('submission', 'topic_id');
call app.of_topic('material', 'topic_id');

-- Which of its jobs logins other than the worker ask for.
insert into app.job_kind (kind, logins) values
  ('applications.check_material', '{jiebang_member}'),
  ('applications.forget_files', '{jiebang_member}'),
  ('applications.mail_team_invitation', '{jiebang_member}'),
  ('applications.mail_receipt', '{jiebang_member}'),
  ('applications.mail_formal_check', '{jiebang_officer}');

insert into app.audit_action (action, logins, sensitive) values
  ('team.founded', '{jiebang_member}', false),
  ('team.invited', '{jiebang_member}', false),
  ('team.invitation_withdrawn', '{jiebang_member}', false),
  ('team.joined', '{jiebang_member}', false),
  ('team.shares_set', '{jiebang_member}', false),
  ('team.partner_removed', '{jiebang_member}', false),
  ('material.announced', '{jiebang_member}', false),
  ('material.deleted', '{jiebang_member}', false),
  ('material.checked', '{jiebang_worker}', false),
  ('material.refused', '{jiebang_worker}', false),
  ('material.read', '{jiebang_member,jiebang_officer}', true),
  ('topic.opening_named', '{jiebang_officer}', false),
  ('topic.opened', '{jiebang_officer}', false),
  ('applications.listed', '{jiebang_officer}', true),
  ('application.read', '{jiebang_officer}', true),
  ('application.submit', '{jiebang_member}', false),
  ('application.admit', '{jiebang_officer}', false),
  ('application.reject', '{jiebang_officer}', false),
  ('application.start_review', '{jiebang_worker}', false),
  ('application.recommend', '{jiebang_officer}', false),
  ('application.not_recommend', '{jiebang_officer}', false),
  ('application.award', '{jiebang_officer}', false),
  ('application.contract', '{jiebang_worker}', false);
