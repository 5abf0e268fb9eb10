-- Awards: lists, notices, contracts and pledges.

call app.protect('award_list', 'identity', 'proposed and decided award lists');
call app.project('public_notice', 'public notices with their names and periods');
call app.protect('contract', 'identity', 'task contracts with their pledges');
call app.protect('signature', 'identity', 'acceptances of contracts and pledges');

alter table app.award_list add constraint award_list_topic_id_n_key unique (topic_id, n),
  add constraint award_list_topic_id_fkey foreign key (topic_id) references app.topic (id),
  add constraint award_list_score_run_id_fkey foreign key (score_run_id) references app.score_run (id),
  add constraint award_list_status_check check (status in ('proposed', 'decided', 'confirmed')),
  add constraint award_list_people_check check (decided_by is distinct from proposed_by);
alter table app.public_notice add constraint public_notice_code_key unique (code),
  add constraint public_notice_award_list_id_key unique (award_list_id),
  add constraint public_notice_award_list_id_fkey foreign key (award_list_id) references app.award_list (id),
  add constraint public_notice_ends_at_check check (ends_at > starts_at);
alter table app.contract add constraint contract_number_key unique (number),
  add constraint contract_application_id_key unique (application_id),
  add constraint contract_application_id_fkey foreign key (application_id) references app.application (id),
  add constraint contract_award_list_id_fkey foreign key (award_list_id) references app.award_list (id),
  add constraint contract_status_check check (status in ('signing', 'effective')),
  add constraint contract_amount_minor_check check (amount_minor > 0);
create index contract_agency_id_idx on app.contract (agency_id);
create index contract_team_id_idx on app.contract (team_id);
alter table app.signature add constraint signature_contract_id_document_party_key unique (contract_id, document, party),
  add constraint signature_contract_id_fkey foreign key (contract_id) references app.contract (id),
  add constraint signature_document_check check (document in ('contract', 'pledge')),
  add constraint signature_party_check check (party in ('agency', 'lead_org', 'lead_person', 'partner_org'));
create trigger signature_append_only before update or delete or truncate on app.signature for each statement execute function app.refuse_change();

grant select, insert, update on app.award_list, app.contract to jiebang_officer;
create policy officer_all on app.award_list to jiebang_officer using (agency_id = (select app.my_org())) with check (agency_id = (select app.my_org()));
create policy officer_select on app.contract for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
create policy officer_insert on app.contract for insert to jiebang_officer with check (agency_id = (select app.my_org()) and created_by = (select app.me()));
create policy officer_update on app.contract for update to jiebang_officer using (agency_id = (select app.my_org())) with check (agency_id = (select app.my_org()));
grant insert on app.public_notice to jiebang_officer;
grant select, insert on app.signature to jiebang_officer;
create policy officer_select on app.signature for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
create policy officer_insert on app.signature for insert to jiebang_officer with check (agency_id = (select app.my_org()) and party = 'agency' and person_id = (select app.me()) and org_id = (select app.my_org()));

grant select on app.contract to jiebang_member;
create policy team_select on app.contract for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy end_user_select on app.contract for select to jiebang_member using (end_user_id = (select app.my_org()) and status = 'effective');
grant select, insert on app.signature to jiebang_member;
create policy team_select on app.signature for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy team_insert on app.signature for insert to jiebang_member with check (team_id = any ((select app.my_teams())::uuid[]) and party in ('lead_org', 'lead_person', 'partner_org') and person_id = (select app.me()));

grant select, update on app.contract to jiebang_worker, jiebang_auth;
grant select on app.award_list, app.signature to jiebang_worker, jiebang_auth;
