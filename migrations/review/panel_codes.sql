-- Until his review is locked, a reviewer knows a proposal by an alias of his own; then the whole panel has one code for it.

alter table app.review_application add constraint review_application_assignment_id_panel_code_key unique (assignment_id, panel_code);
grant update (panel_code) on app.review_application to jiebang_auth;
grant select on app.blind_copy to jiebang_auth;
grant select (panel_code) on app.review_application to jiebang_reviewer;

set role jiebang_auth;

-- The code of a proposal, drawn when the first of its reviews is locked: four random letters that no alias or code of the topic has.
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

grant execute on function app.give_panel_codes() to jiebang_owner;
reset role;

create trigger review_assignment_codes after update of status on app.review_assignment for each row
  when (new.status = 'locked' and old.status <> 'locked') execute function app.give_panel_codes();
