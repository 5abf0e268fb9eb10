-- Awards: lists, notices, contracts and pledges.

call app.protect('award_list', 'identity', 'proposed and decided award lists');
call app.project('public_notice', 'public notices with their names and periods');
call app.protect('contract', 'identity', 'task contracts with their pledges');
call app.protect('signature', 'identity', 'acceptances of contracts and pledges');

alter table app.award_list add constraint award_list_topic_id_n_key unique (topic_id, n),
  add constraint award_list_score_run_id_key unique (score_run_id),
  add constraint award_list_topic_id_fkey foreign key (topic_id) references app.topic (id),
  add constraint award_list_score_run_id_fkey foreign key (score_run_id) references app.score_run (id),
  add constraint award_list_status_check check (status in ('proposed', 'decided', 'confirmed')),
  add constraint award_list_people_check check (decided_by is distinct from proposed_by),
  add constraint award_list_decided_at_check check ((decided_at is null) = (status = 'proposed') and (decided_by is null) = (decided_at is null)),
  add constraint award_list_confirmed_at_check check ((confirmed_at is null) = (status <> 'confirmed') and (confirmed_by is null) = (confirmed_at is null));
alter table app.public_notice add constraint public_notice_code_key unique (code),
  add constraint public_notice_award_list_id_key unique (award_list_id),
  add constraint public_notice_award_list_id_fkey foreign key (award_list_id) references app.award_list (id),
  add constraint public_notice_ends_at_check check (ends_at > starts_at);
alter table app.contract add constraint contract_number_key unique (number),
  add constraint contract_application_id_key unique (application_id),
  add constraint contract_application_id_fkey foreign key (application_id) references app.application (id),
  add constraint contract_id_agency_id_funder_id_team_id_key unique (id, agency_id, funder_id, team_id),
  add constraint contract_effective_at_check check ((effective_at is null) = (status = 'signing')),
  add constraint contract_award_list_id_fkey foreign key (award_list_id) references app.award_list (id),
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
grant select, update on app.contract to jiebang_worker, jiebang_auth;

set role jiebang_auth;

-- Contracts of the unit that the caller acts for as its administrator: its authorised person need not be in the team.
create function app.my_unit_contracts() returns uuid[] language sql stable security definer return
  array(select c.id from app.contract c join app.team t on t.id = c.team_id
    where t.lead_org_id = (select app.my_org()) and 'org_admin' = any (app.my_roles()));

-- Locks a contract's row for a party that may not write it, and answers with the instant that counts.
create function app.contract_gate(contract uuid, out status text, out effective_at timestamptz, out at timestamptz)
language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  select c.status, c.effective_at into status, effective_at from contract c
   where c.id = contract and (c.agency_id = app.my_org() or c.funder_id = app.my_org() or c.team_id = any (app.my_teams())
     or c.id = any (app.my_unit_contracts()))
   for no key update;
  at := app.clock();
end $$;

grant execute on function app.my_unit_contracts() to jiebang_member;
grant execute on function app.contract_gate(uuid) to jiebang_member, jiebang_officer;
reset role;

-- Every officer of the agency reads; its agency officers write.
grant select, insert, update on app.award_list to jiebang_officer;
create policy officer_select on app.award_list for select to jiebang_officer using (agency_id = (select app.my_org()));
create policy officer_insert on app.award_list for insert to jiebang_officer with check (agency_id = (select app.my_org()) and 'agency_officer' = any ((select app.my_roles())::text[]) and proposed_by = (select app.me()) and status = 'proposed');
create policy officer_update on app.award_list for update to jiebang_officer using (agency_id = (select app.my_org()) and 'agency_officer' = any ((select app.my_roles())::text[])) with check (agency_id = (select app.my_org()));
grant select, insert on app.contract to jiebang_officer;
create policy officer_select on app.contract for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
create policy officer_insert on app.contract for insert to jiebang_officer with check (agency_id = (select app.my_org()) and 'agency_officer' = any ((select app.my_roles())::text[]) and created_by = (select app.me()) and status = 'signing');
grant insert on app.public_notice to jiebang_officer;
grant select, insert on app.signature to jiebang_officer;
create policy officer_select on app.signature for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
create policy officer_insert on app.signature for insert to jiebang_officer with check (agency_id = (select app.my_org()) and 'agency_officer' = any ((select app.my_roles())::text[]) and party = 'agency' and person_id = (select app.me()) and org_id = (select app.my_org()));

-- The team and its lead unit read from the start, the end user once the contract is in force.
grant select on app.contract to jiebang_member;
create policy team_select on app.contract for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy unit_select on app.contract for select to jiebang_member using (id = any ((select app.my_unit_contracts())::uuid[]));
create policy end_user_select on app.contract for select to jiebang_member using (end_user_id = (select app.my_org()) and 'end_user' = any ((select app.my_roles())::text[]) and status = 'effective');
grant select, insert on app.signature to jiebang_member;
create policy team_select on app.signature for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy unit_select on app.signature for select to jiebang_member using (contract_id = any ((select app.my_unit_contracts())::uuid[]));
create policy lead_insert on app.signature for insert to jiebang_member with check (team_id = any ((select app.my_led_teams())::uuid[]) and party = 'lead_person' and person_id = (select app.me()));
create policy unit_insert on app.signature for insert to jiebang_member with check (contract_id = any ((select app.my_unit_contracts())::uuid[]) and party = 'lead_org' and person_id = (select app.me()) and org_id = (select app.my_org()));
