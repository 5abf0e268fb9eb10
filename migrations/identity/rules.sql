-- Identity: who is who, who may do what, and how a session becomes a context.

call app.protect('person', 'identity', 'people with an account');
call app.protect('credential', 'identity', 'password digests; the sign-in functions alone');
call app.protect('session', 'identity', 'sessions, one row per privilege class');
call app.protect('verification', 'identity', 'single-use e-mail proofs');
call app.protect('person_login', 'identity', 'privilege classes that people hold of themselves');
call app.protect('organisation', 'identity', 'legal entities');
call app.protect('org_role', 'identity', 'what people do for organisations');
call app.protect('org_invitation', 'identity', 'invitations to a role in an organisation');
call app.protect('org_grant', 'identity', 'roles in which another organisation''s people act for an agency');

alter table app.person add constraint person_email_key unique (email),
  add constraint person_email_check check (email = lower(email) and length(email) between 3 and 254),
  add constraint person_display_name_check check (length(display_name) between 1 and 100),
  add constraint person_locale_check check (locale in ('zh-CN', 'en'));
alter table app.credential add constraint credential_person_id_fkey foreign key (person_id) references app.person (id);
alter table app.session add constraint session_token_hash_role_name_key unique (token_hash, role_name),
  add constraint session_person_id_fkey foreign key (person_id) references app.person (id),
  add constraint session_org_id_fkey foreign key (org_id) references app.organisation (id);
create index session_person_id_idx on app.session (person_id);
alter table app.verification add constraint verification_token_hash_key unique (token_hash),
  add constraint verification_person_id_fkey foreign key (person_id) references app.person (id);
alter table app.person_login add constraint person_login_person_id_role_name_key unique (person_id, role_name),
  add constraint person_login_person_id_fkey foreign key (person_id) references app.person (id);
alter table app.organisation add constraint organisation_uscc_key unique (uscc),
  add constraint organisation_country_registry_registry_id_key unique (country, registry, registry_id),
  add constraint organisation_identifier_check check ((uscc is not null) <> (registry is not null and registry_id is not null)),
  add constraint organisation_kind_check check (kind in ('agency', 'funder', 'enterprise', 'university', 'institute', 'hospital', 'other'));
alter table app.org_role add constraint org_role_person_id_org_id_role_key unique (person_id, org_id, role),
  add constraint org_role_person_id_fkey foreign key (person_id) references app.person (id),
  add constraint org_role_org_id_fkey foreign key (org_id) references app.organisation (id),
  add constraint org_role_role_check check (role in ('org_admin', 'member', 'agency_officer', 'legal_budget_reviewer', 'screener', 'finance_officer', 'supervisor', 'end_user'));
create index org_role_org_id_idx on app.org_role (org_id);
alter table app.org_invitation add constraint org_invitation_token_hash_key unique (token_hash),
  add constraint org_invitation_org_id_fkey foreign key (org_id) references app.organisation (id);

alter table app.org_grant add constraint org_grant_agency_id_fkey foreign key (agency_id) references app.organisation (id),
  add constraint org_grant_grantee_id_fkey foreign key (grantee_id) references app.organisation (id),
  add constraint org_grant_role_check check (role in ('agency_officer', 'legal_budget_reviewer', 'screener', 'supervisor')),
  add constraint org_grant_parties_check check (agency_id <> grantee_id),
  add constraint org_grant_expires_at_check check (expires_at > granted_at),
  add constraint org_grant_revoked_at_check check ((revoked_at is null) = (revoked_by is null));
create index org_grant_agency_id_idx on app.org_grant (agency_id);
create index org_grant_grantee_id_idx on app.org_grant (grantee_id);

grant select, insert on app.org_grant to jiebang_auth;
grant select, insert, update on app.person, app.credential, app.session, app.verification, app.organisation, app.org_role, app.org_invitation, app.person_login to jiebang_auth;
grant delete on app.session, app.org_role to jiebang_auth;

-- The worker sends mail and cleans up; the command line founds agencies through it.
grant select on app.person, app.verification, app.organisation, app.org_role, app.org_invitation to jiebang_worker;
grant insert on app.organisation, app.org_invitation to jiebang_worker;
grant select (id, expires_at), delete on app.session to jiebang_worker;
grant delete on app.verification, app.org_invitation to jiebang_worker;

set role jiebang_auth;

-- Functions that return rows and are no definers are for definers to ask: the planner puts them in place, at no cost.

-- The session: the token must match, and the login that asks must be a class the session holds.
create function app.my_session() returns table (person_id uuid, org_id uuid) language sql stable
begin atomic
  select s.person_id, s.org_id from app.session s
  where s.token_hash = decode(coalesce(current_setting('app.token', true), ''), 'hex') and s.role_name = session_user and s.expires_at > now();
end;

create function app.me() returns uuid language sql stable security definer return (select s.person_id from app.my_session() s);

-- Roles in which an agency lets a person of another organisation act for it: those he holds at home and that were granted.
create function app.granted_roles(person uuid, org uuid) returns text[] language sql stable security definer return
  array(select distinct r.role from app.org_grant g join app.org_role r on r.org_id = g.grantee_id and r.role = g.role
    where g.agency_id = org and r.person_id = person and g.revoked_at is null and g.expires_at > app.now() order by 1);

create function app.roles_in(person uuid, org uuid) returns text[] language sql stable security definer return
  array(select r.role from app.org_role r where r.person_id = person and r.org_id = org
    union select unnest(app.granted_roles(person, org)) order by 1);

-- Whom the session acts for, as long as its person holds a role there; on the officers' login an officer's role: who
-- is an officer of one authority is nobody's officer elsewhere, and none any more once he has left.
create function app.my_org() returns uuid language sql stable security definer return
  (select s.org_id from app.my_session() s
    where exists (select from app.org_role r where r.person_id = s.person_id and r.org_id = s.org_id
        and (session_user <> 'jiebang_officer'
          or r.role in ('agency_officer', 'legal_budget_reviewer', 'screener', 'finance_officer', 'supervisor')))
      or cardinality(app.granted_roles(s.person_id, s.org_id)) > 0);

create function app.my_orgs() returns uuid[] language sql stable security definer return
  array(select distinct r.org_id from app.org_role r where r.person_id = (select app.me()));

create function app.my_roles() returns text[] language sql stable security definer return
  app.roles_in((select app.me()), (select app.my_org()));

-- Agencies that let the caller act for them from elsewhere.
create function app.my_granted_orgs() returns uuid[] language sql stable security definer return
  array(select distinct g.agency_id from app.org_grant g join app.org_role r on r.org_id = g.grantee_id and r.role = g.role
    where r.person_id = (select app.me()) and g.revoked_at is null and g.expires_at > app.now());

-- The rights that roles give in an organisation of this kind, and whether the caller has one where he acts now.
create function app.rights_in(kind text, roles text[]) returns text[] language sql stable security definer return
  array(select a.code from app.access_right a where a.place = 'organisation' and a.roles && rights_in.roles
    and ('supervisor' = any (a.roles) or not 'supervisor' = any (rights_in.roles))
    and (a.kinds = '{}' or rights_in.kind = any (a.kinds)) order by 1);

-- A supervisor reads and decides nothing.
create function app.decides() returns boolean language sql stable security definer return
  not coalesce('supervisor' = any ((select app.my_roles())::text[]), false);

create function app.may(right_ text) returns boolean language sql stable security definer return
  exists (select from app.access_right a where a.code = right_ and a.place = 'organisation' and a.roles && (select app.my_roles())
    and (app.decides() or 'supervisor' = any (a.roles))
    and (a.kinds = '{}' or (select o.kind from app.organisation o where o.id = (select app.my_org())) = any (a.kinds)));

create function app.my_name() returns text language sql stable security definer return
  (select p.display_name from app.person p where p.id = (select app.me()));

create function app.my_email() returns text language sql stable security definer return
  (select p.email from app.person p where p.id = (select app.me()));

-- The people of the organisation that the caller acts for, with what each is there by its own or by a grant.
create function app.people_here() returns table (person_id uuid, person_name text, org_roles text[]) language sql stable security definer
begin atomic
  select p.id, p.display_name, app.roles_in(p.id, (select app.my_org())) from app.person p
   where p.id in (
      select r.person_id from app.org_role r where r.org_id = (select app.my_org())
      union select r.person_id from app.org_grant g join app.org_role r on r.org_id = g.grantee_id and r.role = g.role
        where g.agency_id = (select app.my_org()) and g.revoked_at is null and g.expires_at > app.now())
   order by p.display_name, p.id limit 500;
end;

create function app.my_roles_in(org uuid) returns text[] language sql stable security definer return app.roles_in((select app.me()), org);

-- Let the people of another authority who hold a role there act in it for mine, until an instant; null: no such authority.
create function app.give_grant(uscc_ text, role_ text, reason_ text, expires timestamptz) returns uuid
language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  other uuid;
  made uuid := gen_random_uuid();
begin
  if not app.may('organisation.grant') then
    raise insufficient_privilege;
  end if;
  select o.id into other from organisation o where o.uscc = uscc_ and o.kind in ('agency', 'funder') and o.id <> app.my_org();
  if other is null then
    return null;
  end if;
  insert into org_grant (id, agency_id, grantee_id, role, reason, granted_by, granted_at, expires_at)
  values (made, app.my_org(), other, role_, reason_, app.me(), app.now(), expires);
  return made;
end $$;

-- Grants that the organisation gives or has, with both names.
create function app.grants_here() returns table (id uuid, agency_id uuid, agency_zh text, agency_en text, grantee_id uuid, grantee_zh text, grantee_en text,
  role text, reason text, granted_at timestamptz, expires_at timestamptz, revoked_at timestamptz) language sql stable security definer
begin atomic
  select g.id, a.id, a.name_zh, a.name_en, b.id, b.name_zh, b.name_en, g.role, g.reason, g.granted_at, g.expires_at, g.revoked_at
  from app.org_grant g join app.organisation a on a.id = g.agency_id join app.organisation b on b.id = g.grantee_id
  where (select app.my_org()) in (g.agency_id, g.grantee_id) order by g.granted_at desc, g.id limit 200;
end;

-- The privilege classes of a person. Officer classes come with officer roles.
create function app.classes_of(person uuid) returns setof text language sql stable security definer
begin atomic
  select 'jiebang_member'
  union select 'jiebang_officer' from app.org_role r where r.person_id = person
    and r.role in ('agency_officer', 'legal_budget_reviewer', 'screener', 'finance_officer', 'supervisor')
  union select l.role_name from app.person_login l where l.person_id = person;
end;

-- What a session is, by its token's hash (which nobody can guess). Run on the public pool, cached briefly.
create function app.session_facts(token bytea)
returns table (person_id uuid, display_name text, email text, locale text, org_id uuid, classes text[], org_roles text[], rights text[], expires_at timestamptz)
language sql stable security definer
begin atomic
  select p.id, p.display_name, p.email, p.locale, s.org_id,
    array(select x.role_name from app.session x where x.token_hash = token order by 1),
    app.roles_in(p.id, s.org_id), app.rights_in(o.kind, app.roles_in(p.id, s.org_id)), s.expires_at
  from app.session s join app.person p on p.id = s.person_id left join app.organisation o on o.id = s.org_id
  where s.token_hash = token and s.role_name = 'jiebang_member' and s.expires_at > now();
end;

-- Sign-up. An address that is known already gets a mail that says so, and the caller the same answer. An address that
-- nobody proved belongs to nobody: a later sign-up replaces name and password, and earlier links prove nothing, so that
-- who signs a stranger's address up does not own the account once the stranger has proved it.
create function app.auth_register(email_ text, name_ text, locale_ text, salt_ bytea, digest_ bytea, verification uuid, token bytea, request text)
returns void language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  person uuid := gen_random_uuid();
begin
  insert into person (id, email, display_name, locale, created_at) values (person, lower(email_), name_, locale_, app.now())
  on conflict (email) do nothing;
  if not found then
    update person p set display_name = name_, locale = locale_ where p.email = lower(email_) and p.verified_at is null returning p.id into person;
    if not found then
      select p.id into person from person p where p.email = lower(email_);
      perform app.emit('identity.mail_known', jsonb_build_object('person_id', person), person::text, request);
      return;
    end if;
    update verification v set used_at = now() where v.person_id = person and v.used_at is null;
  end if;
  insert into credential (person_id, salt, digest, failures) values (person, salt_, digest_, 0)
  on conflict (person_id) do update set salt = excluded.salt, digest = excluded.digest, failures = 0, locked_until = null;
  insert into verification (id, person_id, purpose, token_hash, created_at, expires_at)
  values (verification, person, 'sign_up', token, now(), now() + interval '2 days');
  perform app.emit('identity.mail_verification', jsonb_build_object('verification_id', verification), person::text, request);
end $$;

-- Who proves an address knows the password as well: whoever signs a stranger's address up gains nothing by his click.
create function app.auth_verify(token bytea, digest_ bytea) returns uuid language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  person uuid;
begin
  update verification v set used_at = now() from credential c
   where v.token_hash = token and v.used_at is null and v.expires_at > now() and c.person_id = v.person_id and c.digest = digest_
  returning v.person_id into person;
  if person is not null then
    update person p set verified_at = app.now() where p.id = person and p.verified_at is null;
  end if;
  return person;
end $$;

-- The salt to digest with; an unknown address gets the caller's constant fake.
create function app.auth_params(email_ text, fake bytea) returns bytea language sql stable security definer return
  coalesce((select c.salt from app.credential c join app.person p on p.id = c.person_id where p.email = lower(email_)), fake);

create function app.auth_verify_params(token bytea, fake bytea) returns bytea language sql stable security definer return
  coalesce((select c.salt from app.credential c join app.verification v on v.person_id = c.person_id where v.token_hash = token), fake);

-- Compare, count failures, open. outcome: opened, unverified (the right password alone learns it) or refused.
create function app.auth_open(email_ text, digest_ bytea, token bytea, lifetime interval, out outcome text, out person uuid)
language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  c credential;
  p person;
begin
  outcome := 'refused';
  select * into p from person x where x.email = lower(email_);
  if not found then
    return;
  end if;
  select * into c from credential x where x.person_id = p.id for update;
  if c.locked_until > now() then
    return;
  end if;
  if c.digest <> digest_ then
    -- Who guesses is slowed by address (the web's limit of account and client); the account itself locks late, or
    -- anybody could keep a team's lead out at the deadline with ten wrong passwords.
    update credential x set failures = x.failures + 1,
      locked_until = case when x.failures + 1 >= 200 then now() + interval '15 minutes' end
    where x.person_id = p.id;
    return;
  end if;
  update credential x set failures = 0, locked_until = null where x.person_id = p.id;
  if p.verified_at is null then
    outcome := 'unverified';
    return;
  end if;
  insert into session (token_hash, role_name, person_id, org_id, created_at, expires_at)
  select token, r, p.id, (select o.org_id from org_role o where o.person_id = p.id order by o.granted_at, o.org_id limit 1), now(), now() + lifetime
  from app.classes_of(p.id) r;
  outcome := 'opened';
  person := p.id;
end $$;

create function app.auth_close(token bytea) returns void language sql volatile security definer
begin atomic
  delete from app.session s where s.token_hash = token;
end;

-- Act for another of one's organisations, and hold the classes that one holds now. False: no role there.
create function app.auth_act(org uuid) returns boolean language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  token bytea := decode(coalesce(current_setting('app.token', true), ''), 'hex');
  person uuid := app.me();
begin
  if org is not null and cardinality(app.roles_in(person, org)) = 0 then
    return false;
  end if;
  insert into session (token_hash, role_name, person_id, org_id, created_at, expires_at)
  select token, r, person, org, now(), (select max(s.expires_at) from session s where s.token_hash = token)
  from app.classes_of(person) r where person is not null
  on conflict (token_hash, role_name) do update set org_id = excluded.org_id;
  delete from session s where s.token_hash = token and s.role_name not in (select app.classes_of(person));
  return person is not null;
end $$;

-- An organisation registers itself; agencies and funders are founded by the operator (jiebang found-agency).
create function app.found_organisation(kind_ text, country_ text, uscc_ text, registry_ text, registry_id_ text, name_zh_ text, name_en_ text)
returns uuid language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  org uuid;
  person uuid := app.me();
begin
  if person is null or kind_ in ('agency', 'funder') then
    raise insufficient_privilege;
  end if;
  insert into organisation (kind, country, uscc, registry, registry_id, name_zh, name_en, created_by, created_at)
  values (kind_, country_, uscc_, registry_, registry_id_, name_zh_, name_en_, person, app.now()) returning id into org;
  insert into org_role (person_id, person_name, org_id, role, granted_by, granted_at)
  values (person, app.my_name(), org, 'org_admin', person, app.now());
  return org;
end $$;

-- Exact look-up by identifier, for people who form a team or name their employer.
create function app.find_organisation(uscc_ text, country_ text, registry_ text, registry_id_ text)
returns table (id uuid, kind text, name_zh text, name_en text) language sql stable security definer
begin atomic
  select o.id, o.kind, o.name_zh, o.name_en from app.organisation o
   where (o.uscc = uscc_ or (o.country = country_ and o.registry = registry_ and o.registry_id = registry_id_))
     and app.me() is not null;
end;

create function app.accept_org_invitation(token bytea) returns uuid language plpgsql volatile security definer set search_path = app, pg_temp as $$
declare
  i org_invitation;
begin
  update org_invitation x set used_at = now()
   where x.token_hash = token and x.used_at is null and x.expires_at > now() and x.email = app.my_email()
  returning * into i;
  if not found then
    return null;
  end if;
  insert into org_role (person_id, person_name, org_id, role, granted_by, granted_at)
  values (app.me(), app.my_name(), i.org_id, i.role, i.invited_by, app.now())
  on conflict (person_id, org_id, role) do nothing;
  return i.org_id;
end $$;

-- For other slices' definer functions: an active expert holds the reviewer class.
create function app.grant_reviewer(person uuid) returns void language sql volatile security definer
begin atomic
  insert into app.person_login (person_id, role_name) values (person, 'jiebang_reviewer') on conflict (person_id, role_name) do nothing;
end;

-- Officer roles live in agencies and funders, whoever invites; a slice's tests write them as the owner.
create function app.role_fits() returns trigger language plpgsql volatile security definer set search_path = app, pg_temp as $$
begin
  if session_user <> 'jiebang_owner' and new.role in ('agency_officer', 'legal_budget_reviewer', 'screener', 'finance_officer', 'supervisor')
     and not exists (select from organisation o where o.id = new.org_id and o.kind in ('agency', 'funder')) then
    raise insufficient_privilege using message = 'officer roles live in agencies and funders';
  end if;
  if session_user <> 'jiebang_owner' and tg_table_name = 'org_role' and new.role in ('agency_officer', 'legal_budget_reviewer', 'screener', 'finance_officer', 'supervisor')
     and exists (select from org_role r where r.person_id = (to_jsonb(new) ->> 'person_id')::uuid and r.org_id = new.org_id and (r.role = 'supervisor') <> (new.role = 'supervisor')
       and r.role in ('agency_officer', 'legal_budget_reviewer', 'screener', 'finance_officer', 'supervisor')) then
    raise insufficient_privilege using message = 'who supervises decides nothing';
  end if;
  return new;
end $$;

grant execute on function app.role_fits() to jiebang_owner;
grant execute on function app.me(), app.my_org() to jiebang_public, jiebang_member, jiebang_officer, jiebang_reviewer, jiebang_worker;
grant execute on function app.my_orgs(), app.my_granted_orgs(), app.my_roles(), app.may(text), app.decides() to jiebang_member, jiebang_officer;
grant execute on function app.people_here(), app.my_roles_in(uuid), app.give_grant(text, text, text, timestamptz), app.grants_here() to jiebang_member;
grant execute on function app.my_name(), app.my_email() to jiebang_member, jiebang_officer;
grant execute on function app.session_facts(bytea), app.auth_register(text, text, text, bytea, bytea, uuid, bytea, text), app.auth_verify(bytea, bytea), app.auth_verify_params(bytea, bytea), app.auth_params(text, bytea), app.auth_open(text, bytea, bytea, interval), app.auth_close(bytea) to jiebang_public;
grant execute on function app.auth_act(uuid), app.found_organisation(text, text, text, text, text, text, text), app.find_organisation(text, text, text, text), app.accept_org_invitation(bytea) to jiebang_member;
reset role;

create trigger org_role_fits before insert or update on app.org_role for each row execute function app.role_fits();
create trigger org_invitation_fits before insert or update on app.org_invitation for each row execute function app.role_fits();

-- Members see themselves, their organisations and, as administrators, who does what there.
grant select on app.person to jiebang_member;
grant update (display_name, locale) on app.person to jiebang_member;
create policy member_self on app.person to jiebang_member using (id = (select app.me())) with check (id = (select app.me()));
grant select on app.organisation to jiebang_member, jiebang_officer;
create policy member_own on app.organisation for select to jiebang_member, jiebang_officer using (id = any ((select app.my_orgs())::uuid[]) or id = any ((select app.my_granted_orgs())::uuid[]));
grant select on app.org_role to jiebang_member, jiebang_officer;
create policy member_own on app.org_role for select to jiebang_member, jiebang_officer using (org_id = any ((select app.my_orgs())::uuid[]));
grant select (id, org_id, email, role, invited_by, created_at, expires_at, used_at), insert on app.org_invitation to jiebang_member;
create policy admin_all on app.org_invitation to jiebang_member
  using (org_id = (select app.my_org()) and (select app.may('organisation.invite')))
  with check (org_id = (select app.my_org()) and (select app.may('organisation.invite')) and invited_by = (select app.me()));

-- An agency's administrator grants, and takes back; who was granted something sees that.
grant select, update (revoked_by, revoked_at) on app.org_grant to jiebang_member;
create policy party_select on app.org_grant for select to jiebang_member using (agency_id = (select app.my_org()) or grantee_id = any ((select app.my_orgs())::uuid[]));
create policy admin_update on app.org_grant for update to jiebang_member using (agency_id = (select app.my_org()) and (select app.may('organisation.grant')) and revoked_at is null) with check (revoked_by = (select app.me()));

-- Which of its jobs logins other than the worker ask for.
insert into app.job_kind (kind, logins) values
  ('identity.mail_known', '{jiebang_public}'),
  ('identity.mail_verification', '{jiebang_public}'),
  ('identity.mail_invitation', '{jiebang_member}');

-- What its logins may say that they did; sensitive: somebody read what not everybody may.
insert into app.audit_action (action, logins, sensitive) values
  ('session.opened', '{jiebang_public}', false),
  ('session.refused', '{jiebang_public}', false),
  ('session.unverified', '{jiebang_public}', false),
  ('session.acts_for', '{jiebang_member}', false),
  ('organisation.registered', '{jiebang_member}', false),
  ('organisation.looked_up', '{jiebang_member}', true),
  ('organisation.invited', '{jiebang_member,jiebang_worker}', false),
  ('organisation.joined', '{jiebang_member}', false),
  ('organisation.founded', '{jiebang_worker}', false),
  ('organisation.granted', '{jiebang_member}', false),
  ('organisation.grant_revoked', '{jiebang_member}', false),
  ('organisation.people_read', '{jiebang_member}', true),
  ('audit.read', '{jiebang_officer}', true),
  ('audit.exported', '{jiebang_officer}', true);
