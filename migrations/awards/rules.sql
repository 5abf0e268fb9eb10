-- Awards: lists, notices, contracts and pledges.

call app.protect('award_list', 'identity', 'proposed and decided award lists');
call app.project('public_notice', 'public notices with their names and periods');
call app.protect('contract', 'identity', 'task contracts with their pledges');
call app.protect('signature', 'identity', 'acceptances of contracts and pledges');

alter table app.award_list add constraint award_list_topic_id_n_key unique (topic_id, n),
  add constraint award_list_score_run_id_key unique (score_run_id),
  add constraint award_list_topic_id_agency_id_score_run_id_fkey foreign key (topic_id, agency_id, score_run_id) references app.score_run (topic_id, agency_id, id),
  add constraint award_list_id_topic_id_agency_id_key unique (id, topic_id, agency_id),
  add constraint award_list_status_check check (status in ('proposed', 'decided', 'confirmed')),
  add constraint award_list_people_check check (decided_by is distinct from proposed_by),
  add constraint award_list_decided_at_check check ((decided_at is null) = (status = 'proposed') and (decided_by is null) = (decided_at is null)),
  add constraint award_list_confirmed_at_check check ((confirmed_at is null) = (status <> 'confirmed') and (confirmed_by is null) = (confirmed_at is null));
alter table app.public_notice add constraint public_notice_code_key unique (code),
  add constraint public_notice_award_list_id_key unique (award_list_id),
  add constraint public_notice_topic_id_agency_id_award_list_id_fkey foreign key (topic_id, agency_id, award_list_id) references app.award_list (topic_id, agency_id, id),
  add constraint public_notice_ends_at_check check (ends_at > starts_at);
alter table app.contract add constraint contract_number_key unique (number),
  add constraint contract_application_id_key unique (application_id),
  add constraint contract_topic_id_agency_id_application_id_team_id_fkey foreign key (topic_id, agency_id, application_id, team_id) references app.application (topic_id, agency_id, id, team_id),
  add constraint contract_topic_id_agency_id_funder_id_end_user_id_fkey foreign key (topic_id, agency_id, funder_id, end_user_id) references app.topic (id, agency_id, funder_id, end_user_id),
  add constraint contract_id_agency_id_funder_id_team_id_key unique (id, agency_id, funder_id, team_id),
  add constraint contract_effective_at_check check ((effective_at is null) = (status = 'signing')),
  add constraint contract_topic_id_agency_id_award_list_id_fkey foreign key (topic_id, agency_id, award_list_id) references app.award_list (topic_id, agency_id, id),
  add constraint contract_status_check check (status in ('signing', 'effective')),
  add constraint contract_amount_minor_check check (amount_minor > 0);
create index contract_agency_id_idx on app.contract (agency_id);
create index contract_team_id_idx on app.contract (team_id);
alter table app.signature add constraint signature_contract_id_document_party_key unique (contract_id, document, party),
  add constraint signature_contract_id_agency_id_funder_id_team_id_fkey foreign key (contract_id, agency_id, funder_id, team_id) references app.contract (id, agency_id, funder_id, team_id),
  add constraint signature_document_check check (document in ('contract', 'pledge')),
  add constraint signature_party_check check (party in ('agency', 'lead_org', 'lead_person'));
create trigger signature_append_only before update or delete or truncate on app.signature for each statement execute function app.refuse_change();

-- A contract's text is frozen from the start: only its state moves.
create function app.contract_frozen() returns trigger language plpgsql set search_path = app, pg_temp as $$
begin
  if to_jsonb(new) - '{status,version,effective_at}'::text[] <> to_jsonb(old) - '{status,version,effective_at}'::text[] then
    raise exception 'a contract text is frozen' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger contract_frozen before update on app.contract for each row execute function app.contract_frozen();

grant select on app.award_list, app.signature to jiebang_worker, jiebang_auth;
grant select on app.contract to jiebang_worker, jiebang_auth;
grant update (status, version, effective_at) on app.contract to jiebang_worker;
grant update on app.contract to jiebang_auth;

set role jiebang_auth;

-- Contracts of the unit that the caller acts for as its administrator: its authorised person need not be in the team.
create function app.my_unit_contracts() returns uuid[] language sql stable security definer return
  array(select c.id from app.contract c join app.team t on t.id = c.team_id
    where t.lead_org_id = (select app.my_org()) and 'org_admin' = any (app.my_roles()));

-- Contracts of topics that the caller is kept out of.
create function app.my_barred_contracts() returns uuid[] language sql stable security definer return
  array(select c.id from app.contract c where c.topic_id = any (app.my_barred_topics()));

-- What hangs on a frozen topic's contract changes no more than the contract.
create function app.contract_topic_frozen() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user in ('jiebang_member', 'jiebang_officer')
     and exists (select from contract c join topic t on t.id = c.topic_id where c.id = new.contract_id and t.frozen_at is not null) then
    raise insufficient_privilege using message = 'the topic is frozen';
  end if;
  return new;
end $$;

-- Locks a contract's row for a party that may not write it, and answers with the instant that counts.
create function app.contract_gate(contract uuid, out status text, out effective_at timestamptz, out frozen boolean, out at timestamptz)
language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  select c.status, c.effective_at, (select t.frozen_at is not null from topic t where t.id = c.topic_id)
    into status, effective_at, frozen from contract c
   where c.id = contract and (c.agency_id = app.my_org() or c.funder_id = app.my_org() or c.team_id = any (app.my_teams())
     or c.id = any (app.my_unit_contracts()))
   for no key update;
  at := app.clock();
end $$;

-- A list is what its score run ranked; it is decided by a second person, and confirmed when its notice has ended.
create function app.award_list_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  awards integer;
begin
  if session_user <> 'jiebang_officer' then
    return new;
  end if;
  if tg_op = 'INSERT' then
    select (p.body ->> 'award_count')::integer into awards from public_topic p where p.topic_id = new.topic_id;
    if (select jsonb_agg(jsonb_build_array(e ->> 'application_id', (e ->> 'rank')::integer, e ->> 'outcome') order by i)
          from jsonb_array_elements(new.entries) with ordinality x(e, i))
       is distinct from
       (select jsonb_agg(jsonb_build_array(e ->> 'application_id', (e ->> 'rank')::integer,
            case when (e ->> 'rank')::integer <= awards then 'recommended' else 'not_recommended' end) order by i)
          from score_run s, jsonb_array_elements(s.output -> 'entries') with ordinality x(e, i) where s.id = new.score_run_id) then
      raise insufficient_privilege using message = 'a list is what its score run ranked';
    end if;
    return new;
  end if;
  if not coalesce(case old.status || ' ' || new.status
    when 'proposed decided' then new.decided_by = app.me() and new.decided_at between app.clock() - interval '1 minute' and app.clock()
    when 'decided confirmed' then new.confirmed_by = app.me() and (new.decided_by, new.decided_at) = (old.decided_by, old.decided_at)
      and new.confirmed_at between app.clock() - interval '1 minute' and app.clock()
      and exists (select from public_notice n where n.award_list_id = new.id and n.ends_at <= app.clock())
  end, false) then
    raise insufficient_privilege using message = 'this is no step of an award list, or not this person''s';
  end if;
  return new;
end $$;

-- A notice is given now, of a decided list, for at least the rules' days (a working day is never shorter than a day).
create function app.public_notice_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user = 'jiebang_officer' and (not app.may('award.decide')
      or new.agency_id is distinct from app.my_org()
      or not exists (select from award_list l where l.id = new.award_list_id and l.status = 'decided')
      or new.starts_at not between app.clock() - interval '1 minute' and app.clock() or new.published_at <> new.starts_at
      or new.ends_at < new.starts_at + (select (p.rules #>> '{notice,n}')::integer from public_topic p where p.topic_id = new.topic_id) * interval '1 day') then
    raise insufficient_privilege using message = 'a notice is given of a decided list, now and in full';
  end if;
  return new;
end $$;

-- A contract is a confirmed winner's, over the published purse, in the parts that its topic names.
create function app.contract_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user = 'jiebang_officer' and not exists (
      select from award_list l join public_topic p on p.topic_id = l.topic_id
       where l.id = new.award_list_id and l.status = 'confirmed'
         and l.entries @> jsonb_build_array(jsonb_build_object('application_id', new.application_id, 'outcome', 'recommended'))
         and new.amount_minor = p.purse_minor and new.currency = p.currency
         and new.body -> 'amount_minor' = to_jsonb(p.purse_minor) and new.body ->> 'currency' = p.currency
         and new.pledge ->> 'contract_sha256' = new.sha256
         and (select jsonb_agg(jsonb_build_array(m -> 'code', m -> 'months', m -> 'amount_minor') order by i) from jsonb_array_elements(new.body -> 'milestones') with ordinality x(m, i))
           = (select jsonb_agg(jsonb_build_array(m -> 'code', m -> 'months', m -> 'tranche_minor') order by i) from jsonb_array_elements(p.body -> 'milestones') with ordinality x(m, i))) then
    raise insufficient_privilege using message = 'a contract is a confirmed winner''s, over the published purse';
  end if;
  return new;
end $$;

-- A signature is its person's own, now and in time, by a party that signs this document, under the text that stands.
create function app.signature_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user in ('jiebang_member', 'jiebang_officer') and not exists (
      select from contract c join team t on t.id = c.team_id
       where c.id = new.contract_id and c.status = 'signing' and (c.body ->> 'sign_by')::timestamptz > app.clock()
         and new.signed_at between app.clock() - interval '1 minute' and app.clock() and new.person_name = app.my_name()
         and new.sha256 = case new.document when 'contract' then c.sha256 else c.pledge_sha256 end
         and (new.document, new.party) in (('contract', 'agency'), ('contract', 'lead_org'), ('pledge', 'lead_person'), ('pledge', 'lead_org'))
         and new.org_id = case new.party when 'agency' then c.agency_id else t.lead_org_id end) then
    raise insufficient_privilege using message = 'a signature is its person''s own, of the text that stands';
  end if;
  return new;
end $$;

-- A topic follows its list: announced with a notice, awarded with a confirmation.
create function app.award_topic_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user = 'jiebang_officer' and (
      (new.status = 'public_notice' and not exists (select from public_notice n where n.topic_id = new.id))
      or (new.status = 'awarded' and not exists (select from award_list l where l.topic_id = new.id and l.status = 'confirmed'))) then
    raise insufficient_privilege using message = 'a topic follows its award list';
  end if;
  return new;
end $$;

-- And so do its applications.
create function app.award_application_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user = 'jiebang_officer' and new.status in ('recommended', 'not_recommended', 'awarded') and not exists (
      select from award_list l where l.topic_id = new.topic_id and l.status = case new.status when 'awarded' then 'confirmed' else 'decided' end
        and l.entries @> jsonb_build_array(jsonb_build_object('application_id', new.id, 'outcome', case new.status when 'awarded' then 'recommended' else new.status end))) then
    raise insufficient_privilege using message = 'an application follows its award list';
  end if;
  return new;
end $$;

grant execute on function app.my_barred_contracts() to jiebang_officer;
grant execute on function app.contract_topic_frozen(), app.award_list_guard(), app.public_notice_guard(), app.contract_guard(), app.signature_guard(),
  app.award_topic_guard(), app.award_application_guard() to jiebang_owner;
grant execute on function app.my_unit_contracts() to jiebang_member;
grant execute on function app.contract_gate(uuid) to jiebang_member, jiebang_officer;
reset role;

-- Every officer of the agency reads; its agency officers write.
grant select, insert, update (status, version, decided_by, decided_at, confirmed_by, confirmed_at) on app.award_list to jiebang_officer;
create policy officer_select on app.award_list for select to jiebang_officer using (agency_id = (select app.my_org()));
create policy officer_insert on app.award_list for insert to jiebang_officer with check (agency_id = (select app.my_org()) and (select app.may('award.decide')) and proposed_by = (select app.me()) and status = 'proposed');
create policy officer_update on app.award_list for update to jiebang_officer using (agency_id = (select app.my_org()) and (select app.may('award.decide'))) with check (agency_id = (select app.my_org()));
grant select, insert on app.contract to jiebang_officer;
create policy officer_select on app.contract for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
create policy officer_insert on app.contract for insert to jiebang_officer with check (agency_id = (select app.my_org()) and (select app.may('contract.sign')) and created_by = (select app.me()) and status = 'signing');
grant insert on app.public_notice to jiebang_officer;
grant select, insert on app.signature to jiebang_officer;
create policy officer_select on app.signature for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
create policy officer_insert on app.signature for insert to jiebang_officer with check (agency_id = (select app.my_org()) and (select app.may('contract.sign')) and party = 'agency' and person_id = (select app.me()) and org_id = (select app.my_org()));

-- The team and its lead unit read from the start, the end user once the contract is in force.
grant select on app.contract to jiebang_member;
create policy team_select on app.contract for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy unit_select on app.contract for select to jiebang_member using (id = any ((select app.my_unit_contracts())::uuid[]));
create policy end_user_select on app.contract for select to jiebang_member using (end_user_id = (select app.my_org()) and (select app.may('milestone.confirm')) and status = 'effective');
grant select, insert on app.signature to jiebang_member;
create policy team_select on app.signature for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy unit_select on app.signature for select to jiebang_member using (contract_id = any ((select app.my_unit_contracts())::uuid[]));
create policy lead_insert on app.signature for insert to jiebang_member with check (team_id = any ((select app.my_led_teams())::uuid[]) and party = 'lead_person' and person_id = (select app.me()));
create policy unit_insert on app.signature for insert to jiebang_member with check (contract_id = any ((select app.my_unit_contracts())::uuid[]) and party = 'lead_org' and person_id = (select app.me()) and org_id = (select app.my_org()));

create trigger award_list_guard before insert or update on app.award_list for each row execute function app.award_list_guard();
create trigger public_notice_guard before insert on app.public_notice for each row execute function app.public_notice_guard();
create trigger contract_guard before insert on app.contract for each row execute function app.contract_guard();
create trigger signature_guard before insert on app.signature for each row execute function app.signature_guard();
create trigger topic_award_guard before update of status on app.topic for each row
  when (new.status is distinct from old.status) execute function app.award_topic_guard();
create trigger application_award_guard before update of status on app.application for each row
  when (new.status is distinct from old.status) execute function app.award_application_guard();

call app.of_topic('award_list', 'topic_id');
call app.of_topic('contract', 'topic_id');

-- Signatures, payments and books name their contract alone: who is kept out of its topic sees none of them either, and
-- nothing of them changes while it is frozen.
create procedure app.of_contract(tablename text) language plpgsql as $$
begin
  execute format('create policy barred on app.%I as restrictive to jiebang_officer using (contract_id <> all ((select app.my_barred_contracts())::uuid[]))', tablename);
  execute format('create policy decides_insert on app.%I as restrictive for insert to jiebang_officer with check ((select app.decides()))', tablename);
  execute format('create policy decides_update on app.%I as restrictive for update to jiebang_officer using ((select app.decides()))', tablename);
  execute format('create trigger %I before insert or update on app.%I for each row execute function app.contract_topic_frozen()', tablename || '_freeze', tablename);
end $$;
call app.of_contract('signature');

-- Which of its jobs logins other than the worker ask for.
insert into app.job_kind (kind, logins) values
  ('awards.signed', '{jiebang_member,jiebang_officer}');

insert into app.audit_action (action, logins, sensitive) values
  ('award_list.proposed', '{jiebang_officer}', false),
  ('award_list.decided', '{jiebang_officer}', false),
  ('award_list.notice_given', '{jiebang_officer}', false),
  ('award_list.confirmed', '{jiebang_officer}', false),
  ('award_list.read', '{jiebang_officer}', true),
  ('contract.drawn_up', '{jiebang_officer}', false),
  ('contract.signed', '{jiebang_member,jiebang_officer}', false),
  ('pledge.signed', '{jiebang_member,jiebang_officer}', false),
  ('contract.effective', '{jiebang_worker}', false),
  ('contract.read', '{jiebang_member,jiebang_officer}', true);
