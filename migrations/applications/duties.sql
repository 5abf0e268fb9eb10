-- Separations of duty between agency and team, whichever of the two roles came first.

set role jiebang_auth;

-- Who may do what for a topic of the caller's agency, as the policy has it now; barred people are named as such, bidders
-- among them once the bids are open: until then nobody learns who bids.
create or replace function app.topic_people(topic uuid) returns table (person_id uuid, person_name text, org_roles text[], topic_roles text[], barred text)
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

-- Whether somebody of a team of the caller's works for the topic's agency, by a role or a grant.
create function app.staff_in_team(team uuid) returns boolean language sql stable security definer return
  exists (select from app.team_member m where m.team_id = staff_in_team.team and m.team_id = any (app.my_teams())
    and cardinality(app.roles_in(m.person_id, m.agency_id)) > 0);

create or replace function app.submission_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
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

grant execute on function app.staff_in_team(uuid) to jiebang_member;
reset role;
