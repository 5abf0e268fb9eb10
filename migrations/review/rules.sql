-- Review. The reviewer login reads the blind projections of its own assignments, by columns, and nothing else.

call app.protect('expert', 'identity', 'members of expert pools');
call app.protect('expert_draw', 'identity', 'numbered random draws');
call app.protect('draw_seed', 'plumbing', 'committed seeds, for the worker alone until drawn');
call app.protect('draw_share', 'identity', 'commitments of the parties to a draw, and what they revealed');
call app.protect('review_assignment', 'blind', 'places on a panel, each seen by its reviewer');
call app.protect('blind_copy', 'identity', 'whose proposal a blind copy is');
call app.protect('review_application', 'blind', 'proposals as one reviewer sees them');
call app.protect('review', 'blind', 'scores and comments');
call app.protect('score_run', 'identity', 'immutable aggregations');

alter table app.expert add constraint expert_agency_id_person_id_key unique (agency_id, person_id),
  add constraint expert_person_id_fkey foreign key (person_id) references app.person (id),
  add constraint expert_agency_id_fkey foreign key (agency_id) references app.organisation (id),
  add constraint expert_org_id_fkey foreign key (org_id) references app.organisation (id),
  add constraint expert_kind_check check (kind in ('technical', 'industry', 'finance')),
  add constraint expert_tracks_check check (cardinality(tracks) > 0),
  add constraint expert_status_check check (status in ('applied', 'active')),
  add constraint expert_verified_by_check check ((status = 'active') = (verified_by is not null) and verified_by is distinct from person_id);
alter table app.expert_draw add constraint expert_draw_topic_id_n_key unique (topic_id, n),
  add constraint expert_draw_topic_id_agency_id_fkey foreign key (topic_id, agency_id) references app.topic (id, agency_id),
  add constraint expert_draw_id_topic_id_agency_id_key unique (id, topic_id, agency_id),
  add constraint expert_draw_status_check check (status in ('seed_committed', 'frozen', 'drawn')),
  add constraint expert_draw_inputs_check check ((status = 'seed_committed') = (inputs is null) and (inputs is null) = (frozen_at is null)
    and (inputs is null) = (frozen_sha256 is null) and (inputs is null) = (reveal_by is null)),
  add constraint expert_draw_output_check check ((status = 'drawn') = (output is not null and drawn_at is not null)),
  add constraint expert_draw_reason_check check (n = 1 or reason is not null);
alter table app.draw_seed add constraint draw_seed_draw_id_fkey foreign key (draw_id) references app.expert_draw (id);
alter table app.draw_share add constraint draw_share_draw_id_party_key unique (draw_id, party),
  add constraint draw_share_draw_id_person_id_key unique (draw_id, person_id),
  add constraint draw_share_draw_id_topic_id_agency_id_fkey foreign key (draw_id, topic_id, agency_id) references app.expert_draw (id, topic_id, agency_id),
  add constraint draw_share_party_check check (party in ('agency', 'supervisor', 'applicants')),
  add constraint draw_share_commitment_check check (commitment ~ '^[0-9a-f]{64}$'),
  add constraint draw_share_share_check check ((share is null) = (revealed_at is null) and (share is null or octet_length(share) = 32 and encode(sha256(share), 'hex') = commitment));
create index draw_share_topic_id_idx on app.draw_share (topic_id);
alter table app.review_assignment add constraint review_assignment_topic_id_reviewer_id_key unique (topic_id, reviewer_id),
  add constraint review_assignment_topic_id_n_key unique (topic_id, n),
  add constraint review_assignment_topic_id_agency_id_draw_id_fkey foreign key (topic_id, agency_id, draw_id) references app.expert_draw (topic_id, agency_id, id),
  add constraint review_assignment_expert_id_fkey foreign key (expert_id) references app.expert (id),
  add constraint review_assignment_status_check check (status in ('offered', 'accepted', 'declined', 'submitted', 'locked')),
  add constraint review_assignment_decline_reason_check check ((status = 'declined') = (decline_reason is not null)),
  add constraint review_assignment_declaration_check check (status not in ('accepted', 'submitted', 'locked') or declaration is not null);
create index review_assignment_reviewer_id_idx on app.review_assignment (reviewer_id);
alter table app.blind_copy add constraint blind_copy_application_id_assignment_id_key unique (application_id, assignment_id),
  add constraint blind_copy_review_application_id_key unique (review_application_id),
  add constraint blind_copy_application_id_fkey foreign key (application_id) references app.application (id),
  add constraint blind_copy_status_check check (status in ('pending', 'held', 'released')),
  add constraint blind_copy_held_code_check check ((held_code is not null) = (status = 'held'));
create index blind_copy_topic_id_idx on app.blind_copy (topic_id);
alter table app.review_application add constraint review_application_assignment_id_alias_key unique (assignment_id, alias),
  add constraint review_application_assignment_id_panel_code_key unique (assignment_id, panel_code),
  add constraint review_application_id_assignment_id_reviewer_id_topic_id_agency unique (id, assignment_id, reviewer_id, topic_id, agency_id);
create index review_application_reviewer_id_idx on app.review_application (reviewer_id);
alter table app.review add constraint review_review_application_id_key unique (review_application_id),
  add constraint review_review_application_id_assignment_id_reviewer_id_topic_id foreign key (review_application_id, assignment_id, reviewer_id, topic_id, agency_id) references app.review_application (id, assignment_id, reviewer_id, topic_id, agency_id),
  add constraint review_status_check check (status in ('draft', 'submitted', 'locked'));
create index review_reviewer_id_idx on app.review (reviewer_id);
create index review_topic_id_idx on app.review (topic_id);
alter table app.score_run add constraint score_run_topic_id_n_key unique (topic_id, n),
  add constraint score_run_topic_id_agency_id_fkey foreign key (topic_id, agency_id) references app.topic (id, agency_id),
  add constraint score_run_id_topic_id_agency_id_key unique (id, topic_id, agency_id);
create trigger draw_seed_append_only before update or delete or truncate on app.draw_seed for each statement execute function app.refuse_change();
create trigger score_run_append_only before update or delete or truncate on app.score_run for each statement execute function app.refuse_change();

grant select on app.expert, app.expert_draw, app.review_assignment, app.blind_copy, app.review_application to jiebang_worker;
grant insert on app.review_assignment, app.blind_copy, app.review_application to jiebang_worker;
grant update (status, inputs, frozen_sha256, frozen_at, reveal_by, blocked, output, drawn_at) on app.expert_draw to jiebang_worker;
grant update (status, held_code, released_at) on app.blind_copy to jiebang_worker;
grant select on app.draw_seed, app.draw_share, app.review to jiebang_worker;
grant select on app.score_run to jiebang_worker;
grant select on app.expert, app.expert_draw, app.review_assignment, app.blind_copy, app.review_application, app.review, app.score_run to jiebang_auth;
grant update (panel_code) on app.review_application to jiebang_auth;
grant insert on app.expert_draw, app.draw_seed to jiebang_auth;
-- To lock a draw while a party commits or reveals.
grant update (status) on app.expert_draw to jiebang_auth;
grant select, insert, update on app.draw_share to jiebang_auth;
grant update on app.expert to jiebang_auth;

set role jiebang_auth;

-- Whether a person works for an agency, by a role or a grant: he may see who its applicants are, and so does not score them.
create function app.is_staff(person uuid, agency uuid) returns boolean language sql stable security definer return
  cardinality(app.roles_in(person, agency)) > 0;

-- Every organisation that a person is tied to: where he holds a role, and which agencies let him act for them.
create function app.orgs_of(person uuid) returns setof uuid language sql stable
begin atomic
  select r.org_id from app.org_role r where r.person_id = orgs_of.person
  union all select g.agency_id from app.org_grant g join app.org_role r on r.org_id = g.grantee_id and r.role = g.role
    where r.person_id = orgs_of.person and g.revoked_at is null and g.expires_at > app.now();
end;

create function app.affiliations(person uuid) returns uuid[] language sql stable security definer return
  array(select distinct o.id from app.orgs_of(affiliations.person) o (id));

-- An agency verifies an expert of its pool: active, and able to enter the review desk. Whoever draws for a topic does not.
create function app.activate_expert(expert_ uuid) returns boolean
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

-- The places that a reviewer holds: he sees their proposals and his reviews of them, and writes these. None of an agency for
-- which he works, or of a topic that he is kept out of: both are asked once, not for each of his places.
create function app.my_places() returns uuid[] language sql stable security definer return
  array(select a.id from app.my_session() s
    cross join lateral (select
      array(select o.id from app.orgs_of(s.person_id) o (id)) as orgs,
      array(select b.id from app.topics_barred_to(s.person_id) b (id)) as barred offset 0) o
    join app.review_assignment a on a.reviewer_id = s.person_id
   where a.status in ('accepted', 'submitted', 'locked') and a.agency_id <> all (o.orgs) and a.topic_id <> all (o.barred));

-- Whether experts may offer themselves there.
create function app.is_agency(org uuid) returns boolean language sql stable security definer return
  exists (select from app.organisation o where o.id = org and o.kind = 'agency');

-- An agency's name, for who offers himself there: agencies are public.
create function app.agency_names(org uuid) returns table (name_zh text, name_en text) language sql stable security definer
begin atomic
  select o.name_zh, o.name_en from app.organisation o where o.id = org and o.kind = 'agency' and app.me() is not null;
end;

-- Every organisation that the experts of the officer's own pool are tied to: what conflicts are computed from.
create function app.pool_affiliations() returns table (expert_id uuid, org_id uuid) language sql stable security definer
begin atomic
  select e.id, unnest(app.affiliations(e.person_id) || e.org_id) from app.expert e where e.agency_id = (select app.my_org());
end;

-- Published before a roster is frozen: anyone can check later that no share was chosen to fit.
create function app.draw_commitments(topic uuid) returns table (id uuid, n integer, status text, commitment text, committed_at timestamptz, commit_by timestamptz,
  frozen_sha256 text, frozen_at timestamptz, reveal_by timestamptz, drawn_at timestamptz, reason text, parties jsonb)
language sql stable security definer
begin atomic
  select d.id, d.n, d.status, d.commitment, d.created_at, d.commit_by, d.frozen_sha256, d.frozen_at, d.reveal_by, d.drawn_at, d.reason,
    jsonb_build_array(jsonb_build_object('party', 'platform', 'commitment', d.commitment, 'committed_at', d.created_at, 'revealed_at', d.drawn_at))
      || coalesce((select jsonb_agg(jsonb_build_object('party', s.party, 'commitment', s.commitment, 'committed_at', s.committed_at, 'revealed_at', s.revealed_at) order by s.party)
                     from app.draw_share s where s.draw_id = d.id), '[]')
    from app.expert_draw d where d.topic_id = topic order by d.n;
end;

-- The public record of a finished draw names nobody: experts stand in it as salted commitments.
create function app.draw_record(topic uuid, number integer) returns jsonb language sql stable security definer return
  (select d.output -> 'record' from app.expert_draw d where d.topic_id = topic and d.n = number and d.status = 'drawn');

-- Who was drawn, by commitment: opened once the result is final, where the topic's rules say so.
create function app.draw_openings(topic uuid, number integer) returns jsonb language sql stable security definer return
  (select d.output -> 'openings' from app.expert_draw d join app.topic t on t.id = d.topic_id join app.public_topic p on p.topic_id = d.topic_id
    where d.topic_id = topic and d.n = number and d.status = 'drawn' and t.status = 'awarded'
      and coalesce((p.rules -> 'draw' ->> 'names_open')::boolean, false));

-- For whom the caller speaks in a draw, null for nobody. A lead of any submitted application may speak for all of them.
create function app.draw_party(draw uuid) returns text language sql stable security definer return
  (select case
      when session_user = 'jiebang_officer' and d.topic_id = any (app.my_barred_topics()) then null
      when session_user = 'jiebang_officer' and d.agency_id = (select app.my_org()) and app.may_on('panel.draw', d.topic_id) then 'agency'
      when session_user = 'jiebang_officer' and d.agency_id = (select app.my_org()) and 'supervisor' = any (app.my_roles()) then 'supervisor'
      when session_user = 'jiebang_member' and exists (select from app.application a where a.topic_id = d.topic_id and a.submission_id is not null
        and a.team_id = any (app.my_led_teams())) then 'applicants'
    end from app.expert_draw d where d.id = draw);

-- A party commits to the hash of its random bytes before the roster is frozen, once; answers which party, null if it is too late or taken.
create function app.commit_share(draw uuid, hash text) returns text
language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  d expert_draw;
  party_ text := app.draw_party(draw);
begin
  if party_ is null then
    raise insufficient_privilege;
  end if;
  select * into d from expert_draw x where x.id = draw for update;
  if d.status <> 'seed_committed' or exists (select from draw_share s where s.draw_id = draw and (s.party = party_ or s.person_id = app.me())) then
    return null;
  end if;
  insert into draw_share (draw_id, topic_id, agency_id, party, person_id, commitment, committed_at)
  values (draw, d.topic_id, d.agency_id, party_, app.me(), hash, app.clock());
  return party_;
end $$;

-- Whoever committed reveals the bytes once the roster is frozen; answers how many parties still owe theirs, null if these bytes are not awaited.
create function app.reveal_share(draw uuid, bytes bytea) returns integer
language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  d expert_draw;
begin
  select * into d from expert_draw x where x.id = draw for update;
  if d.id is null or not exists (select from draw_share s where s.draw_id = draw and s.person_id = app.me()) then
    raise insufficient_privilege;
  end if;
  update draw_share s set share = bytes, revealed_at = app.clock()
   where s.draw_id = draw and s.person_id = app.me() and s.share is null and d.status = 'frozen' and s.commitment = encode(sha256(bytes), 'hex');
  if not found then
    return null;
  end if;
  return (select count(*) from draw_share s where s.draw_id = draw and s.share is null);
end $$;

-- Announce a topic's next draw: number, the platform's share and its commitment are the database's, so that no officer, and
-- nobody who can run statements as one, knows or chooses them. Its 32 bytes are the hash of 488 random bits. Whoever verified
-- an expert of the pool announces none.
create function app.announce_draw(topic uuid, reason_ text) returns uuid
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
create function app.assignment_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
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
create function app.review_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
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

-- A run counts every review that was submitted for its topic, as it stands, and no other.
create function app.score_run_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user = 'jiebang_officer' and (new.n <> 1 or not app.may_on('panel.draw', new.topic_id)
      or exists (select from review_assignment a where a.topic_id = new.topic_id and a.status in ('offered', 'accepted'))
      or jsonb_array_length(new.inputs -> 'reviews') <> (select count(*) from review r where r.topic_id = new.topic_id and r.status <> 'draft')
      or exists (select from review r join review_application p on p.id = r.review_application_id
           where r.topic_id = new.topic_id and r.status <> 'draft' and not new.inputs -> 'reviews' @>
             jsonb_build_array(jsonb_build_object('id', r.id, 'version', r.version, 'reviewer_id', r.assignment_id, 'scores', r.scores, 'valid', true)))) then
    raise insufficient_privilege using message = 'a run counts every submitted review as it stands';
  end if;
  return new;
end $$;

-- Reviews are locked by the run that counts them: none can be put aside before it.
create function app.review_counted() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user = 'jiebang_officer' and new.status = 'locked' and not exists (select from score_run s where s.topic_id = new.topic_id) then
    raise insufficient_privilege using message = 'reviews are locked by the run that counts them';
  end if;
  return null;
end $$;

-- Until his review is locked, a reviewer knows a proposal by an alias of his own; then the whole panel has one code for it, drawn
-- when the first of its reviews is locked: four random letters that no alias or code of the topic has.
create function app.panel_code(application uuid, topic uuid) returns text
language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  letters constant text := '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
  random_ bytea;
  code text;
begin
  select p.panel_code into code from blind_copy c join review_application p on p.id = c.review_application_id
   where c.application_id = application and p.panel_code is not null limit 1;
  while code is null loop
    random_ := uuid_send(gen_random_uuid());
    select '评议 ' || string_agg(substr(letters, get_byte(random_, n) % 32 + 1, 1), '' order by n) into code from generate_series(0, 3) n;
    if exists (select from review_application p where p.topic_id = topic and right(code, 4) in (right(p.alias, 4), right(p.panel_code, 4))) then
      code := null;
    end if;
  end loop;
  return code;
end $$;

create function app.give_panel_codes() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  one record;
begin
  for one in select p.id, c.application_id from review_application p join blind_copy c on c.review_application_id = p.id
      where p.assignment_id = new.id and p.panel_code is null order by p.id loop
    update review_application p set panel_code = app.panel_code(one.application_id, new.topic_id) where p.id = one.id;
  end loop;
  return null;
end $$;

grant execute on function app.assignment_guard(), app.review_guard(), app.score_run_guard(), app.review_counted(), app.give_panel_codes() to jiebang_owner;
-- A deferred trigger runs as the login that commits.
grant execute on function app.review_counted() to jiebang_officer;
grant execute on function app.activate_expert(uuid), app.pool_affiliations(), app.announce_draw(uuid, text) to jiebang_officer;
grant execute on function app.draw_party(uuid), app.commit_share(uuid, text), app.reveal_share(uuid, bytea) to jiebang_officer, jiebang_member;
grant execute on function app.is_agency(uuid), app.agency_names(uuid) to jiebang_member;
grant execute on function app.draw_commitments(uuid), app.draw_record(uuid, integer), app.draw_openings(uuid, integer) to jiebang_public;
grant execute on function app.draw_commitments(uuid) to jiebang_officer, jiebang_member;
grant execute on function app.affiliations(uuid) to jiebang_worker;
grant execute on function app.my_places() to jiebang_reviewer;
reset role;

-- A person offers himself to an agency's pool; the agency verifies.
grant select, insert on app.expert to jiebang_member;
create policy member_select on app.expert for select to jiebang_member using (person_id = (select app.me()));
create policy member_insert on app.expert for insert to jiebang_member with check (person_id = (select app.me()) and person_name = (select app.my_name())
  and status = 'applied' and region = '' and org_id = any ((select app.my_orgs())::uuid[]) and app.is_agency(agency_id));
grant select on app.expert to jiebang_officer;
create policy officer_select on app.expert for select to jiebang_officer using (agency_id = (select app.my_org()));
-- What is frozen and what comes of it are the worker's to write: no officer writes a roster.
grant select on app.expert_draw, app.draw_share to jiebang_officer;
create policy officer_select on app.expert_draw for select to jiebang_officer using (agency_id = (select app.my_org()));
create policy officer_select on app.draw_share for select to jiebang_officer using (agency_id = (select app.my_org()));
-- Nobody names experts: places come from the draw alone. The agency may lapse an unanswered offer and lock the rest.
grant select, update (status, version, decline_reason, answered_at) on app.review_assignment to jiebang_officer;
create policy officer_select on app.review_assignment for select to jiebang_officer using (agency_id = (select app.my_org()));
create policy officer_update on app.review_assignment for update to jiebang_officer
  using (agency_id = (select app.my_org()) and status in ('offered', 'submitted')) with check (agency_id = (select app.my_org()) and status in ('declined', 'locked'));
grant select on app.blind_copy to jiebang_officer;
create policy officer_select on app.blind_copy for select to jiebang_officer using (agency_id = (select app.my_org()));
grant select on app.review_application to jiebang_officer;
create policy officer_select on app.review_application for select to jiebang_officer using (agency_id = (select app.my_org()));
-- The agency reads reviews once they are submitted, never drafts; it locks them when it aggregates.
grant select, update (status) on app.review to jiebang_officer;
create policy officer_select on app.review for select to jiebang_officer using (agency_id = (select app.my_org()) and status in ('submitted', 'locked'));
create policy officer_update on app.review for update to jiebang_officer using (agency_id = (select app.my_org()) and status in ('submitted', 'locked')) with check (agency_id = (select app.my_org()) and status = 'locked');
grant select, insert on app.score_run to jiebang_officer;
create policy officer_select on app.score_run for select to jiebang_officer using (agency_id = (select app.my_org()));
create policy officer_insert on app.score_run for insert to jiebang_officer with check (agency_id = (select app.my_org()) and computed_by = (select app.me()));

-- The review desk: columns without order, time or identity of others.
grant select (id, topic_id, kind, status, version, proposals, offered_on, answer_by, due_on, declaration, decline_reason, reviewer_id), update (status, version, decline_reason, declaration, answered_at) on app.review_assignment to jiebang_reviewer;
create policy reviewer_select on app.review_assignment for select to jiebang_reviewer using (reviewer_id = (select app.me()));
create policy reviewer_update on app.review_assignment for update to jiebang_reviewer
  using (reviewer_id = (select app.me()) and status in ('offered', 'accepted')) with check (reviewer_id = (select app.me()) and status in ('accepted', 'declined', 'submitted'));
grant select (id, assignment_id, reviewer_id, topic_id, alias, panel_code, answers, file_key, file_sha256, file_pages, released_on) on app.review_application to jiebang_reviewer;
create policy reviewer_select on app.review_application for select to jiebang_reviewer using (assignment_id = any ((select app.my_places())::uuid[]));
grant select (id, review_application_id, assignment_id, reviewer_id, topic_id, status, version, scores, comments, updated_at, submitted_at),
  insert (id, review_application_id, assignment_id, reviewer_id, topic_id, agency_id, status, version, scores, comments, updated_at, submitted_at),
  update (status, version, scores, comments, updated_at, submitted_at) on app.review to jiebang_reviewer;
create policy reviewer_select on app.review for select to jiebang_reviewer using (assignment_id = any ((select app.my_places())::uuid[]));
create policy reviewer_insert on app.review for insert to jiebang_reviewer with check (reviewer_id = (select app.me()) and assignment_id = any ((select app.my_places())::uuid[]));
create policy reviewer_update on app.review for update to jiebang_reviewer using (assignment_id = any ((select app.my_places())::uuid[]) and status = 'draft')
  with check (assignment_id = any ((select app.my_places())::uuid[]) and status in ('draft', 'submitted'));

create trigger review_assignment_guard before update on app.review_assignment for each row execute function app.assignment_guard();
create trigger review_assignment_codes after update of status on app.review_assignment for each row
  when (new.status = 'locked' and old.status <> 'locked') execute function app.give_panel_codes();
create trigger review_guard before insert or update on app.review for each row execute function app.review_guard();
create trigger score_run_guard before insert on app.score_run for each row execute function app.score_run_guard();
create constraint trigger review_counted after update on app.review deferrable initially deferred
  for each row execute function app.review_counted();

call app.of_topic('expert_draw', 'topic_id');
call app.of_topic('draw_share', 'topic_id');
call app.of_topic('review_assignment', 'topic_id');
call app.of_topic('blind_copy', 'topic_id');
call app.of_topic('review_application', 'topic_id');
call app.of_topic('review', 'topic_id');
call app.of_topic('score_run', 'topic_id');
-- A reviewer reaches these two by his places alone, which leave out what he is kept out of: it need not be asked twice.
alter policy barred on app.review_application to jiebang_officer;
alter policy barred on app.review to jiebang_officer;

-- Which of its jobs logins other than the worker ask for.
insert into app.job_kind (kind, logins) values
  ('review.freeze_draw', '{jiebang_officer}'),
  ('review.run_draw', '{jiebang_officer,jiebang_member}'),
  ('review.next_reserve', '{jiebang_officer,jiebang_reviewer}');

insert into app.audit_action (action, logins, sensitive) values
  ('expert.offered', '{jiebang_member}', false),
  ('expert.activated', '{jiebang_officer}', false),
  ('experts.read', '{jiebang_officer}', true),
  ('draw.announced', '{jiebang_officer}', false),
  ('draw.committed', '{jiebang_officer,jiebang_member}', false),
  ('draw.revealed', '{jiebang_officer,jiebang_member}', false),
  ('draw.frozen', '{jiebang_worker}', false),
  ('draw.blocked', '{jiebang_worker}', false),
  ('draw.drawn', '{jiebang_worker}', false),
  ('draw.reserves_exhausted', '{jiebang_worker}', false),
  ('draw.read', '{jiebang_officer}', true),
  ('draw.exported', '{jiebang_officer}', true),
  ('panel.read', '{jiebang_officer}', true),
  ('blind_copy.released', '{jiebang_worker}', false),
  ('blind_copy.held', '{jiebang_worker}', false),
  ('assignment.offered', '{jiebang_worker}', false),
  ('assignment.accepted', '{jiebang_reviewer}', false),
  ('assignment.declined', '{jiebang_reviewer}', false),
  ('assignment.submitted', '{jiebang_reviewer}', false),
  ('assignment.lapsed', '{jiebang_officer}', false),
  ('review.file_opened', '{jiebang_reviewer}', true),
  ('review.submitted', '{jiebang_reviewer}', false),
  ('score_run.computed', '{jiebang_officer}', false),
  ('score_run.exported', '{jiebang_officer}', true);
