-- name: organisation_of_mine
select id, kind, country, uscc, registry, registry_id, name_zh, name_en from organisation where id = $1

-- name: my_organisations
select o.id, o.kind, o.name_zh, o.name_en, app.my_roles_in(o.id) as roles from organisation o order by o.id

-- name: organisation_people
select r.person_id, r.person_name, array_agg(r.role order by r.role) as roles
from org_role r
where r.org_id = $2 and ($3::uuid is null or r.person_id > $3)
group by r.person_id, r.person_name
order by r.person_id
limit $4

-- name: mail_verification
select v.id, p.email, p.display_name, p.locale
from verification v join person p on p.id = v.person_id
where v.id = $1 and v.used_at is null and v.expires_at > now()

-- name: mail_org_invitation
select i.id, i.email, i.role, o.name_zh, o.name_en, p.display_name, p.locale
from org_invitation i join organisation o on o.id = i.org_id left join person p on p.email = i.email
where i.id = $1 and i.used_at is null and i.expires_at > now()

-- name: mail_person
select p.email, p.display_name, p.locale from person p where p.id = $1

-- name: forget_sessions
delete from session where expires_at < now() - interval '1 day'

-- name: forget_verifications
delete from verification where expires_at < now() - interval '7 days'
