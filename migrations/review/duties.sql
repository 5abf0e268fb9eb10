-- Who can see identities does not score; who draws experts does not edit the pool.

set role jiebang_auth;

-- Whether a person works for an agency, by a role or a grant: he may see who its applicants are.
create function app.is_staff(person uuid, agency uuid) returns boolean language sql stable security definer return
  cardinality(app.roles_in(person, agency)) > 0;

-- Every organisation that a person is tied to: where he holds a role, and which agencies let him act for them.
create function app.affiliations(person uuid) returns uuid[] language sql stable security definer return
  array(select r.org_id from app.org_role r where r.person_id = affiliations.person
    union select g.agency_id from app.org_grant g join app.org_role r on r.org_id = g.grantee_id and r.role = g.role
      where r.person_id = affiliations.person and g.revoked_at is null and g.expires_at > app.now());

create or replace function app.pool_affiliations() returns table (expert_id uuid, org_id uuid) language sql stable security definer
begin atomic
  select e.id, unnest(app.affiliations(e.person_id) || e.org_id) from app.expert e where e.agency_id = (select app.my_org());
end;

-- A reviewer whom the agency takes on sees and writes nothing more for it.
create or replace function app.my_released() returns uuid[] language sql stable security definer return
  array(select r.id from app.review_application r join app.review_assignment a on a.id = r.assignment_id
         where a.reviewer_id = (select app.me()) and a.status in ('accepted', 'submitted', 'locked') and not app.is_staff(a.reviewer_id, a.agency_id));

-- An agency verifies an expert of its pool: active, and able to enter the review desk. Whoever draws for a topic does not.
create or replace function app.activate_expert(expert_ uuid) returns boolean
language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  person uuid;
begin
  update expert e set status = 'active', version = e.version + 1, verified_by = app.me(),
    region = (select case when o.uscc is null then o.country else 'CN-' || substr(o.uscc, 3, 2) end from organisation o where o.id = e.org_id)
   where e.id = expert_ and e.agency_id = app.my_org() and e.status = 'applied' and e.person_id <> app.me()
     and app.may('expert.activate')
     and not exists (select from topic_role r join topic t on t.id = r.topic_id
           where r.person_id = app.me() and r.role = 'draw_officer' and r.agency_id = app.my_org() and t.status <> 'awarded')
  returning e.person_id into person;
  if person is null then
    return false;
  end if;
  perform app.grant_reviewer(person);
  return true;
end $$;

-- Announce a topic's next draw: number, the platform's share and its commitment are the database's. Whoever verified an
-- expert of the pool does not.
create or replace function app.announce_draw(topic uuid, reason_ text) returns uuid
language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  t topic;
  draw uuid := gen_random_uuid();
  number integer;
  seed_ bytea := sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'));
  key_ bytea := sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'));
begin
  select * into t from topic x where x.id = topic and x.agency_id = app.my_org() for no key update;
  if t.id is null or t.published_at is null or not app.may_on('panel.draw', topic)
     or exists (select from expert_draw d where d.topic_id = topic and d.status <> 'drawn')
     or exists (select from score_run s where s.topic_id = topic)
     or exists (select from expert e where e.agency_id = t.agency_id and e.verified_by = app.me()) then
    raise insufficient_privilege;
  end if;
  select coalesce(max(d.n), 0) + 1 into number from expert_draw d where d.topic_id = topic;
  insert into expert_draw (id, topic_id, agency_id, n, status, commitment, commit_by, reason, created_by, created_at)
  values (draw, topic, t.agency_id, number, 'seed_committed', encode(sha256(seed_), 'hex'), app.clock() + interval '48 hours',
    case when number > 1 then reason_ end, app.me(), app.now());
  insert into draw_seed (draw_id, agency_id, seed, salt_key) values (draw, t.agency_id, seed_, key_);
  return draw;
end $$;

-- A place on a panel is answered by its reviewer and locked by the agency; an offer lapses after its last day alone. Staff
-- of the agency decline.
create or replace function app.assignment_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user not in ('jiebang_officer', 'jiebang_reviewer') then
    return new;
  end if;
  if not coalesce(case session_user || ' ' || old.status || ' ' || new.status
    when 'jiebang_officer offered declined' then new.decline_reason = 'no_response' and app.may_on('panel.draw', new.topic_id)
      and (app.clock() at time zone 'Asia/Shanghai')::date > old.answer_by
    when 'jiebang_officer submitted locked' then app.may_on('panel.draw', new.topic_id)
    when 'jiebang_reviewer offered accepted' then new.declaration ? 'sha256' and not app.is_staff(new.reviewer_id, new.agency_id)
    when 'jiebang_reviewer offered declined' then new.declaration is null and new.decline_reason in ('conflict', 'not_my_field', 'too_many', 'time')
    when 'jiebang_reviewer accepted submitted' then new.declaration = old.declaration and not app.is_staff(new.reviewer_id, new.agency_id)
      and (select count(*) from review r where r.assignment_id = new.id and r.status = 'submitted') = new.proposals
  end, false) then
    raise insufficient_privilege using message = 'this is no step of an assignment, or not this login''s';
  end if;
  return new;
end $$;

-- A review begins as a draft, is written while its place is held, and speaks of the topic's criteria in whole scores.
create or replace function app.review_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  criteria text[];
  maximum integer;
begin
  if session_user <> 'jiebang_reviewer' then
    return new;
  end if;
  select array(select c ->> 'code' from jsonb_array_elements(p.body -> 'criteria') c), (p.rules ->> 'score_max')::integer
    into criteria, maximum from public_topic p where p.topic_id = new.topic_id;
  if (tg_op = 'INSERT' and new.status <> 'draft')
     or not exists (select from review_assignment a where a.id = new.assignment_id and a.status = 'accepted')
     or app.is_staff(new.reviewer_id, new.agency_id)
     or jsonb_typeof(new.scores) <> 'object' or jsonb_typeof(new.comments) <> 'object'
     or exists (select from jsonb_object_keys(new.scores || new.comments) k where k <> all (criteria))
     or exists (select from jsonb_each(new.scores) s where jsonb_typeof(s.value) <> 'number' or s.value::text !~ '^[0-9]{1,6}$' or s.value::text::integer > maximum)
     or (new.status = 'submitted' and not new.scores ?& criteria) then
    raise insufficient_privilege using message = 'no review may say that, or not now';
  end if;
  return new;
end $$;

grant execute on function app.affiliations(uuid) to jiebang_worker;
reset role;
