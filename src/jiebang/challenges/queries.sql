-- name: frozen
select p.topic_id, p.code, p.n, p.status, p.agency_id, p.agency_zh, p.agency_en, p.body, p.rules, p.sha256, p.published_at, p.closes_at
from public_topic p where p.topic_id = $1

-- name: topic
select t.id, t.code, t.agency_id, t.funder_id, t.end_user_id, t.status, t.version, t.drafter_id, t.legal_reviewer_id, t.approver_id,
  t.rule_set_id, t.body, t.closes_at, t.published_at, t.return_reason, t.opening_first_id, t.opened_by, t.opened_at, t.frozen_at, t.freeze_reason, t.created_at, t.updated_at
from topic t where t.id = $1

-- name: calendars
select c.body from working_calendar c order by c.year

-- name: calendar_years
select c.year, c.source, c.loaded_at, c.body -> 'holiday_ranges' as holiday_ranges, c.body -> 'makeup_workdays' as makeup_workdays
from working_calendar c order by c.year

-- name: rule_sets
select r.id, r.body, r.sha256 from rule_set r order by r.code, r.version desc

-- name: taxonomy_versions
select n.taxonomy as version, count(*) filter (where n.kind = 'field') as fields, count(*) filter (where n.kind = 'track') as tracks,
  count(*) filter (where n.kind = 'direction') as directions
from taxonomy_node n group by n.taxonomy order by n.taxonomy

-- name: taxonomy
select n.kind, n.code, n.parent_code, n.zh, n.en, n.flags, n.source from taxonomy_node n where n.taxonomy = $1 order by n.position

-- name: add_node
insert into taxonomy_node (id, taxonomy, kind, code, parent_code, position, zh, en, flags, source)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (taxonomy, code) do nothing

-- name: add_rule_set
insert into rule_set (id, code, version, body, sha256, created_at) values ($1, $2, $3, $4, $5, app.now()) on conflict (code, version) do nothing

-- name: put_calendar
insert into working_calendar (id, year, body, source, loaded_at) values ($1, $2, $3, $4, app.now())
on conflict (year) do update set body = excluded.body, source = excluded.source, loaded_at = excluded.loaded_at
where working_calendar.body <> excluded.body

-- name: public_detail
select p.topic_id as id, p.code, p.n, p.status, p.closes_at, p.published_at, p.agency_id, p.agency_zh, p.agency_en, p.field_code, p.body, p.rules,
  p.sha256, app.now() as at, case when app.now() >= p.closes_at then app.application_count(p.topic_id) end as applications
from public_topic p where p.topic_id = $1

-- name: public_list
-- Its conditions, order and limit are the repository's to add. A card is the bytes that are sent: as text it would be decoded and
-- encoded again for each reader.
select p.topic_id as id, p.published_at, convert_to('{"state":"' || s.state || '",' || p.card, 'UTF8') as card
from public_topic p, lateral (select case when p.status <> 'published' then p.status when app.now() < p.closes_at then 'open' else 'closed' end as state) s

-- name: public_facets
with found as materialized (
  select p.fields, p.tracks, p.purse_minor, p.currency, p.closes_at, s.state,
    ($1::text is null or $1 = any (p.fields)) and ($2::text is null or $2 = any (p.tracks)) as in_place,
    ($3::text is null or s.state = $3) as in_state
  from public_topic p, lateral (select case when p.status <> 'published' then p.status when app.now() < p.closes_at then 'open' else 'closed' end as state) s
  where $4::text[] is null or p.terms @> $4)
select 'field' as kind, f.code, count(*) as n from found, unnest(fields) f (code) where in_state group by f.code
union all select 'track', t.code, count(*) from found, unnest(tracks) t (code) where in_state group by t.code
union all select 'state', state, count(*) from found where in_place group by state
union all select 'total', '', count(*) from found where in_place and in_state
union all select 'open_purse_minor', currency, sum(purse_minor)::bigint from found where state = 'open' group by currency
union all select 'closing_soon', '', count(*) from found where state = 'open' and closes_at < app.now() + interval '15 days'

-- name: desk_list
select t.id, t.code, t.status, t.version, t.body -> 'title' ->> 'zh' as title_zh, t.body -> 'title' ->> 'en' as title_en, t.closes_at,
  t.published_at, t.created_at, t.updated_at,
  case when t.status <> 'published' then t.status when app.now() < t.closes_at then 'open' else 'closed' end as state,
  app.my_topic_roles(t.id) as my_roles, case when t.opened_at is null then t.opening_first_id end as opener_id
from topic t
where ($2::text is null or t.status = $2)
  and ($3::timestamptz is null or (t.created_at, t.id) < ($3, $4::uuid))
order by t.created_at desc, t.id desc limit $5

-- name: add_topic
insert into topic (id, code, agency_id, funder_id, end_user_id, status, version, drafter_id, rule_set_id, body, closes_at, created_at, updated_at)
values ($1, app.next_topic_code(), $2, $3, $4, 'draft', 1, $5, $6, $7, $8, app.now(), app.now()) returning code

-- name: edit_topic
update topic set funder_id = $2, end_user_id = $3, rule_set_id = $4, body = $5, closes_at = $6, version = version + 1, updated_at = app.now()
where id = $1

-- name: decide_topic
update topic set status = $2, legal_reviewer_id = $3, approver_id = $4, return_reason = $5, version = version + 1, updated_at = app.now()
where id = $1

-- name: publish_topic
update topic set status = 'published', published_at = $2, version = version + 1, updated_at = $2 where id = $1

-- name: add_version
insert into topic_version (id, topic_id, agency_id, n, body, rules, closes_at, sha256, published_at, published_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: roles
select r.person_id, r.person_name, r.role, r.granted_at from topic_role r where r.topic_id = $1 order by r.granted_at, r.role, r.person_id

-- name: add_role
insert into topic_role (id, topic_id, agency_id, person_id, person_name, role, granted_by, granted_at)
values ($1, $2, $3, $4, $5, $6, $7, app.now()) on conflict (topic_id, person_id, role) do nothing
