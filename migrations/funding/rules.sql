-- Funding: milestones, disbursements, the ledger.

call app.protect('milestone', 'identity', 'milestones of effective contracts');
call app.protect('disbursement', 'identity', 'payments of tranches');
call app.protect('ledger_entry', 'identity', 'balanced entries; append-only');
call app.protect('ledger_posting', 'identity', 'sides of entries; append-only');

alter table app.milestone add constraint milestone_contract_id_n_key unique (contract_id, n),
  add constraint milestone_contract_id_agency_id_funder_id_team_id_fkey foreign key (contract_id, agency_id, funder_id, team_id) references app.contract (id, agency_id, funder_id, team_id),
  add constraint milestone_id_team_id_key unique (id, team_id),
  add constraint milestone_id_contract_id_amount_minor_currency_key unique (id, contract_id, amount_minor, currency),
  add constraint milestone_people_check check (confirmed_by is null or confirmed_by is distinct from submitted_by),
  add constraint milestone_submitted_at_check check ((status = 'planned') = (submitted_at is null) and (evidence is null) = (submitted_at is null) and (submitted_by is null) = (submitted_at is null)),
  add constraint milestone_confirmed_at_check check ((status = 'passed') = (confirmed_at is not null) and (confirmed_by is null) = (confirmed_at is null)),
  add constraint milestone_amount_minor_check check (amount_minor >= 0),
  add constraint milestone_status_check check (status in ('planned', 'submitted', 'passed'));
create index milestone_team_id_idx on app.milestone (team_id);
alter table app.disbursement add constraint disbursement_milestone_id_key unique (milestone_id),
  add constraint disbursement_milestone_id_contract_id_amount_minor_currency_fke foreign key (milestone_id, contract_id, amount_minor, currency) references app.milestone (id, contract_id, amount_minor, currency),
  add constraint disbursement_contract_id_agency_id_funder_id_team_id_fkey foreign key (contract_id, agency_id, funder_id, team_id) references app.contract (id, agency_id, funder_id, team_id),
  add constraint disbursement_funder_id_bank_reference_key unique (funder_id, bank_reference),
  add constraint disbursement_approved_at_check check ((status = 'requested') = (approved_at is null) and (approved_by is null) = (approved_at is null)),
  add constraint disbursement_settled_at_check check ((status = 'settled') = (settled_at is not null) and (settled_by is null) = (settled_at is null) and (bank_reference is null) = (settled_at is null)),
  add constraint disbursement_amount_minor_check check (amount_minor > 0),
  add constraint disbursement_people_check check (approved_by is distinct from requested_by),
  add constraint disbursement_status_check check (status in ('requested', 'approved', 'settled'));
alter table app.ledger_entry add constraint ledger_entry_reference_key unique (reference),
  add constraint ledger_entry_contract_id_agency_id_funder_id_team_id_fkey foreign key (contract_id, agency_id, funder_id, team_id) references app.contract (id, agency_id, funder_id, team_id),
  add constraint ledger_entry_kind_check check (kind in ('appropriate', 'commit_award', 'owe_tranche', 'pay_tranche')),
  add constraint ledger_entry_id_contract_id_agency_id_funder_id_team_id_currenc unique (id, contract_id, agency_id, funder_id, team_id, currency);
alter table app.ledger_posting add constraint ledger_posting_entry_id_n_key unique (entry_id, n),
  add constraint ledger_posting_entry_id_contract_id_agency_id_funder_id_team_id foreign key (entry_id, contract_id, agency_id, funder_id, team_id, currency) references app.ledger_entry (id, contract_id, agency_id, funder_id, team_id, currency),
  add constraint ledger_posting_account_check check (account in ('cash', 'appropriation', 'commitment', 'payable', 'grant_expense')),
  add constraint ledger_posting_amount_minor_check check (amount_minor <> 0);
create index ledger_posting_contract_id_idx on app.ledger_posting (contract_id);
create trigger ledger_entry_append_only before update or delete or truncate on app.ledger_entry for each statement execute function app.refuse_change();
create trigger ledger_posting_append_only before update or delete or truncate on app.ledger_posting for each statement execute function app.refuse_change();


grant select on app.ledger_posting, app.ledger_entry, app.milestone, app.disbursement to jiebang_auth;
set role jiebang_auth;

-- When its transaction commits, an entry balances and has the lines it announced, whoever wrote it, and its contract's
-- books stay possible: nothing is owed beyond the promise, paid beyond the debt, promised or paid beyond the money.
-- The contract's row is locked, so that two transactions cannot each be right alone.
create function app.ledger_holds() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if (select sum(p.amount_minor) is distinct from 0 or count(*) <> new.lines from ledger_posting p where p.entry_id = new.id) then
    raise exception 'ledger entry does not balance' using errcode = 'check_violation';
  end if;
  perform from contract c where c.id = new.contract_id for no key update;
  if session_user = 'jiebang_officer' and not exists (
      select from disbursement d where d.contract_id = new.contract_id and d.currency = new.currency and new.reference = new.kind || ':' || d.id
         and d.status in (case new.kind when 'owe_tranche' then 'approved' end, 'settled')
         and (select jsonb_object_agg(p.account, p.amount_minor) from ledger_posting p where p.entry_id = new.id)
           = case new.kind when 'owe_tranche'
               then jsonb_build_object('commitment', d.amount_minor, 'appropriation', -d.amount_minor, 'grant_expense', d.amount_minor, 'payable', -d.amount_minor)
               else jsonb_build_object('payable', d.amount_minor, 'cash', -d.amount_minor) end) then
    raise exception 'ledger entry without its disbursement' using errcode = 'check_violation';
  end if;
  if exists (select from ledger_posting p where p.contract_id = new.contract_id and p.currency = new.currency
       group by p.account
       having sum(p.amount_minor) * case when p.account in ('cash', 'grant_expense') then 1 else -1 end < 0) then
    raise exception 'ledger balance on the wrong side' using errcode = 'check_violation';
  end if;
  return null;
end $$;

-- A posting belongs to an entry that is being written; the entry's own check then sees it.
create function app.ledger_closed() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if (select count(*) > e.lines from ledger_entry e join ledger_posting p on p.entry_id = e.id where e.id = new.entry_id group by e.lines) then
    raise exception 'ledger entry is closed' using errcode = 'check_violation';
  end if;
  return null;
end $$;

-- A payment is asked for a passed milestone; a second person approves; each step is its own person's, and a state and
-- its ledger entry come together or not at all.
create function app.disbursement_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user <> 'jiebang_officer' then
    return new;
  end if;
  if tg_op = 'INSERT' then
    if not exists (select from milestone m where m.id = new.milestone_id and m.status = 'passed') then
      raise insufficient_privilege using message = 'a payment is asked for a passed milestone';
    end if;
    return new;
  end if;
  if not coalesce(case old.status || ' ' || new.status
    when 'requested approved' then new.approved_by = app.me() and new.settled_by is null
      and new.approved_at between app.clock() - interval '1 minute' and app.clock()
    when 'approved settled' then new.settled_by = app.me() and (new.approved_by, new.approved_at) = (old.approved_by, old.approved_at)
      and new.settled_at between app.clock() - interval '1 minute' and app.clock()
  end, false) then
    raise insufficient_privilege using message = 'this is no step of a payment, or not this person''s';
  end if;
  return new;
end $$;

create function app.disbursement_posted() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user = 'jiebang_officer' and new.status <> 'requested' and not exists (select from ledger_entry e
      where e.reference = case new.status when 'approved' then 'owe_tranche:' else 'pay_tranche:' end || new.id) then
    raise exception 'a payment without its ledger entry' using errcode = 'check_violation';
  end if;
  return null;
end $$;

-- Evidence is the lead's and stands once it was submitted; the end user adds his opinion and nothing else.
create function app.milestone_guard() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user = 'jiebang_member' and not coalesce(case old.status || ' ' || new.status
      when 'planned submitted' then new.team_id = any (app.my_led_teams()) and new.submitted_by = app.me() and new.opinion is null
        and new.submitted_at between app.clock() - interval '1 minute' and app.clock()
        and not exists (select from jsonb_array_elements(new.evidence -> 'files') f left join material m on m.id = (f ->> 'material_id')::uuid
          where m.id is null or m.milestone_id is distinct from new.id or m.status <> 'checked' or m.sha256 <> f ->> 'sha256')
      when 'submitted passed' then new.id = any (app.my_confirmable_milestones()) and new.confirmed_by = app.me()
        and new.team_id <> all (app.my_teams())
        and new.confirmed_at between app.clock() - interval '1 minute' and app.clock()
        and (new.evidence, new.submitted_by, new.submitted_at) = (old.evidence, old.submitted_by, old.submitted_at)
    end, false) then
    raise insufficient_privilege using message = 'this is no step of a milestone, or not this person''s';
  end if;
  return new;
end $$;

-- Milestones whose evidence an officer of the agency or the funder may read: once it was submitted.
create function app.my_overseen_milestones() returns uuid[] language sql stable security definer return
  array(select m.id from app.milestone m where m.status <> 'planned' and (m.agency_id = (select app.my_org()) or m.funder_id = (select app.my_org())));

-- Milestones that the caller confirms for the end user.
create function app.my_confirmable_milestones() returns uuid[] language sql stable security definer return
  array(select m.id from app.milestone m where m.status <> 'planned' and m.end_user_id = (select app.my_org()) and app.may('milestone.confirm'));

-- Milestones whose evidence may still change.
create function app.my_planned_milestones() returns uuid[] language sql stable security definer return
  array(select m.id from app.milestone m where m.status = 'planned' and m.team_id = any (app.my_teams()));

grant execute on function app.disbursement_guard(), app.disbursement_posted(), app.milestone_guard() to jiebang_owner;
grant execute on function app.disbursement_posted() to jiebang_officer;
grant execute on function app.ledger_holds(), app.ledger_closed() to jiebang_owner, jiebang_officer, jiebang_worker;
grant execute on function app.my_overseen_milestones() to jiebang_officer;
grant execute on function app.my_confirmable_milestones(), app.my_planned_milestones() to jiebang_member;
reset role;
create constraint trigger ledger_entry_holds after insert on app.ledger_entry
  deferrable initially deferred for each row execute function app.ledger_holds();
create trigger disbursement_guard before insert or update on app.disbursement for each row execute function app.disbursement_guard();
create constraint trigger disbursement_posted after update on app.disbursement
  deferrable initially deferred for each row execute function app.disbursement_posted();
create trigger milestone_guard before update on app.milestone for each row execute function app.milestone_guard();
create trigger ledger_posting_closed after insert on app.ledger_posting
  for each row execute function app.ledger_closed();

grant select on app.milestone to jiebang_officer;
create policy officer_select on app.milestone for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
grant select, insert, update (status, version, approved_by, approved_at, settled_by, settled_at, bank_reference) on app.disbursement to jiebang_officer;
create policy officer_select on app.disbursement for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
create policy funder_insert on app.disbursement for insert to jiebang_officer with check (funder_id = (select app.my_org()) and (select app.may('payment.handle')) and requested_by = (select app.me()) and status = 'requested');
create policy funder_update on app.disbursement for update to jiebang_officer using (funder_id = (select app.my_org()) and (select app.may('payment.handle')) and status <> 'settled') with check (funder_id = (select app.my_org()));
grant select, insert on app.ledger_entry, app.ledger_posting to jiebang_officer, jiebang_worker;
create policy officer_select on app.ledger_entry for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
create policy funder_insert on app.ledger_entry for insert to jiebang_officer with check (funder_id = (select app.my_org()) and (select app.may('payment.handle')) and posted_by = (select app.me()) and kind in ('owe_tranche', 'pay_tranche'));
create policy officer_select on app.ledger_posting for select to jiebang_officer using (agency_id = (select app.my_org()) or funder_id = (select app.my_org()));
create policy funder_insert on app.ledger_posting for insert to jiebang_officer with check (funder_id = (select app.my_org()) and (select app.may('payment.handle')));

grant select, update (status, version, evidence, submitted_by, submitted_at, confirmed_by, confirmed_at, opinion) on app.milestone to jiebang_member;
create policy team_select on app.milestone for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy team_update on app.milestone for update to jiebang_member using (team_id = any ((select app.my_led_teams())::uuid[]) and status = 'planned') with check (team_id = any ((select app.my_led_teams())::uuid[]) and status = 'submitted' and submitted_by = (select app.me()) and confirmed_by is null);
create policy end_user_select on app.milestone for select to jiebang_member using (end_user_id = (select app.my_org()) and (select app.may('milestone.confirm')));
create policy end_user_update on app.milestone for update to jiebang_member using (end_user_id = (select app.my_org()) and (select app.may('milestone.confirm')) and status = 'submitted' and team_id <> all ((select app.my_teams())::uuid[])) with check (end_user_id = (select app.my_org()) and (select app.may('milestone.confirm')) and status = 'passed' and confirmed_by = (select app.me()));
grant select on app.disbursement, app.ledger_entry, app.ledger_posting to jiebang_member;
create policy team_select on app.disbursement for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy team_select on app.ledger_entry for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
create policy team_select on app.ledger_posting for select to jiebang_member using (team_id = any ((select app.my_teams())::uuid[]));
grant select, insert on app.milestone to jiebang_worker;

-- Evidence files hang on a milestone of the same team; submitted evidence can neither grow nor shrink.
alter table app.material add constraint material_milestone_id_team_id_fkey foreign key (milestone_id, team_id) references app.milestone (id, team_id);
create index material_milestone_id_idx on app.material (milestone_id);
create policy evidence_insert on app.material as restrictive for insert to jiebang_member with check (milestone_id is null or milestone_id = any ((select app.my_planned_milestones())::uuid[]));
create policy evidence_delete on app.material as restrictive for delete to jiebang_member using (milestone_id is null or status <> 'checked' or milestone_id = any ((select app.my_planned_milestones())::uuid[]));
create policy end_user_select on app.material for select to jiebang_member using (milestone_id = any ((select app.my_confirmable_milestones())::uuid[]) and status = 'checked');
create policy overseer_select on app.material for select to jiebang_officer using (milestone_id = any ((select app.my_overseen_milestones())::uuid[]) and status = 'checked');

call app.of_topic('milestone', 'topic_id');
call app.of_contract('disbursement');
call app.of_contract('ledger_entry');
call app.of_contract('ledger_posting');

insert into app.audit_action (action, logins, sensitive) values
  ('funding.started', '{jiebang_worker}', false),
  ('milestone.submitted', '{jiebang_member}', false),
  ('milestone.passed', '{jiebang_member}', false),
  ('evidence.read', '{jiebang_member,jiebang_officer}', true),
  ('disbursement.requested', '{jiebang_officer}', false),
  ('disbursement.approved', '{jiebang_officer}', false),
  ('disbursement.settled', '{jiebang_officer}', false),
  ('disbursement.read', '{jiebang_member,jiebang_officer}', true),
  ('ledger.read', '{jiebang_member,jiebang_officer}', true);
