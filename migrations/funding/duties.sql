-- What hangs on a contract follows its topic: hidden from whom the topic is hidden from, unchanged while it is frozen.

set role jiebang_auth;

create function app.my_barred_contracts() returns uuid[] language sql stable security definer return
  array(select c.id from app.contract c where c.topic_id = any (app.my_barred_topics()));

-- Locks a contract's row for a party that may not write it, and answers with the instant that counts.
drop function app.contract_gate(uuid);
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

create function app.contract_frozen_topic() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user in ('jiebang_member', 'jiebang_officer')
     and exists (select from contract c join topic t on t.id = c.topic_id where c.id = new.contract_id and t.frozen_at is not null) then
    raise insufficient_privilege using message = 'the topic is frozen';
  end if;
  return new;
end $$;

grant execute on function app.contract_frozen_topic() to jiebang_owner;
grant execute on function app.my_barred_contracts() to jiebang_officer;
grant execute on function app.contract_gate(uuid) to jiebang_member, jiebang_officer;
reset role;

create policy barred on app.signature as restrictive to jiebang_officer using (contract_id <> all ((select app.my_barred_contracts())::uuid[]));
create policy barred on app.disbursement as restrictive to jiebang_officer using (contract_id <> all ((select app.my_barred_contracts())::uuid[]));
create policy barred on app.ledger_entry as restrictive to jiebang_officer using (contract_id <> all ((select app.my_barred_contracts())::uuid[]));
create policy barred on app.ledger_posting as restrictive to jiebang_officer using (contract_id <> all ((select app.my_barred_contracts())::uuid[]));
create trigger signature_freeze before insert on app.signature for each row execute function app.contract_frozen_topic();
create trigger disbursement_freeze before insert or update on app.disbursement for each row execute function app.contract_frozen_topic();
create trigger ledger_entry_freeze before insert on app.ledger_entry for each row execute function app.contract_frozen_topic();
