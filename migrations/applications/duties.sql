-- Separations of duty between agency and team, whichever of the two roles came first.

set role jiebang_auth;

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
