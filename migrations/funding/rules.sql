-- Funding: milestones, disbursements, the ledger.

call app.protect('milestone', 'identity', 'milestones of effective contracts');
call app.protect('disbursement', 'identity', 'payments of tranches');
call app.protect('ledger_entry', 'identity', 'balanced entries; append-only');
call app.protect('ledger_posting', 'identity', 'sides of entries; append-only');

alter table app.milestone add constraint milestone_contract_id_n_key unique (contract_id, n),
  add constraint milestone_contract_id_fkey foreign key (contract_id) references app.contract (id),
  add constraint milestone_amount_minor_check check (amount_minor >= 0),
  add constraint milestone_status_check check (status in ('planned', 'submitted', 'passed'));
create index milestone_team_id_idx on app.milestone (team_id);
alter table app.disbursement add constraint disbursement_milestone_id_key unique (milestone_id),
  add constraint disbursement_milestone_id_fkey foreign key (milestone_id) references app.milestone (id),
  add constraint disbursement_amount_minor_check check (amount_minor > 0),
  add constraint disbursement_people_check check (approved_by is distinct from requested_by),
  add constraint disbursement_status_check check (status in ('requested', 'approved', 'settled'));
alter table app.ledger_entry add constraint ledger_entry_reference_key unique (reference),
  add constraint ledger_entry_contract_id_fkey foreign key (contract_id) references app.contract (id);
alter table app.ledger_posting add constraint ledger_posting_entry_id_n_key unique (entry_id, n),
  add constraint ledger_posting_entry_id_fkey foreign key (entry_id) references app.ledger_entry (id),
  add constraint ledger_posting_amount_minor_check check (amount_minor <> 0);
create index ledger_posting_contract_id_idx on app.ledger_posting (contract_id);
create trigger ledger_entry_append_only before update or delete or truncate on app.ledger_entry for each statement execute function app.refuse_change();
create trigger ledger_posting_append_only before update or delete or truncate on app.ledger_posting for each statement execute function app.refuse_change();

grant select on app.ledger_posting, app.ledger_entry to jiebang_auth;
set role jiebang_auth;
-- An entry balances when its transaction commits, whoever wrote it.
create function app.ledger_balances() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if (select coalesce(sum(p.amount_minor), 0) <> 0 or count(distinct p.currency) <> 1 or count(*) < 2
        from ledger_posting p where p.entry_id = new.entry_id) then
    raise exception 'ledger entry does not balance' using errcode = 'check_violation';
  end if;
  return null;
end $$;
grant execute on function app.ledger_balances() to jiebang_owner, jiebang_officer, jiebang_member, jiebang_worker;
reset role;
create constraint trigger ledger_posting_balances after insert on app.ledger_posting
  deferrable initially deferred for each row execute function app.ledger_balances();

grant select, insert, update on app.milestone, app.disbursement to jiebang_officer;
create policy officer_select on app.milestone for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
create policy officer_insert on app.milestone for insert to jiebang_officer with check (agency_id = (select app.my_org()));
create policy officer_update on app.milestone for update to jiebang_officer using (agency_id = (select app.my_org())) with check (agency_id = (select app.my_org()));
create policy officer_select on app.disbursement for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
create policy funder_insert on app.disbursement for insert to jiebang_officer with check (funder_id = (select app.my_org()) and requested_by = (select app.me()) and status = 'requested');
create policy funder_update on app.disbursement for update to jiebang_officer using (funder_id = (select app.my_org())) with check (funder_id = (select app.my_org()));
grant select, insert on app.ledger_entry, app.ledger_posting to jiebang_officer, jiebang_worker;
create policy officer_select on app.ledger_entry for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
create policy officer_insert on app.ledger_entry for insert to jiebang_officer with check ((agency_id = (select app.my_org()) or funder_id = (select app.my_org())) and posted_by = (select app.me()));
create policy officer_select on app.ledger_posting for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
create policy officer_insert on app.ledger_posting for insert to jiebang_officer with check (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));

grant select, update (status, version, evidence, submitted_by, submitted_at, confirmed_by, confirmed_at, opinion) on app.milestone to jiebang_member;
create policy team_select on app.milestone for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy team_update on app.milestone for update to jiebang_member using (team_id = any ((select app.my_led_teams())::uuid[]) and status = 'planned') with check (status = 'submitted' and submitted_by = (select app.me()) and confirmed_by is null);
create policy end_user_select on app.milestone for select to jiebang_member using (end_user_id = (select app.my_org()));
create policy end_user_update on app.milestone for update to jiebang_member using (end_user_id = (select app.my_org()) and status = 'submitted') with check (status = 'passed' and confirmed_by = (select app.me()));
grant select on app.disbursement to jiebang_member;
create policy team_select on app.disbursement for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
grant select on app.ledger_entry, app.ledger_posting to jiebang_member;
create policy team_select on app.ledger_entry for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy team_select on app.ledger_posting for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
grant select, insert, update on app.milestone to jiebang_worker;
grant select on app.disbursement to jiebang_worker;

-- Evidence files hang on a milestone of the same team.
alter table app.material add constraint material_milestone_id_fkey foreign key (milestone_id) references app.milestone (id);
