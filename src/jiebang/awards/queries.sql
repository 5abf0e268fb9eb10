-- name: add_list
insert into award_list (id, topic_id, agency_id, score_run_id, n, status, version, entries, proposed_by, proposed_at)
select $1, $2, $3, $4, coalesce(max(n), 0) + 1, 'proposed', 1, $5, $6, app.clock() from award_list where topic_id = $2

-- name: award_list
select l.id, l.topic_id, l.agency_id, l.score_run_id, l.n, l.status, l.version, l.entries, l.proposed_by, l.proposed_at,
  l.decided_by, l.decided_at, l.confirmed_by, l.confirmed_at,
  (select n.id from public_notice n where n.award_list_id = l.id) as notice_id
from award_list l where l.id = $1

-- name: award_lists
select l.id, l.topic_id, l.agency_id, l.score_run_id, l.n, l.status, l.version, l.entries, l.proposed_by, l.proposed_at,
  l.decided_by, l.decided_at, l.confirmed_by, l.confirmed_at,
  (select n.id from public_notice n where n.award_list_id = l.id) as notice_id
from award_list l where l.topic_id = $2 order by l.n

-- name: lock_list
select id, topic_id, agency_id, score_run_id, n, status, version, entries, proposed_by from award_list where id = $1 for update

-- name: decide
update award_list set status = $2, version = version + 1, decided_by = $3, decided_at = app.clock() where id = $1

-- name: confirm
update award_list set status = $2, version = version + 1, confirmed_by = $3, confirmed_at = $4 where id = $1

-- name: add_notice
insert into public_notice (id, topic_id, agency_id, award_list_id, code, title_zh, title_en, body, starts_at, ends_at, published_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9)

-- name: notice_of_list
select id, ends_at from public_notice where award_list_id = $1

-- name: notice
select id, topic_id, code, title_zh, title_en, body, starts_at, ends_at, published_at,
  case when app.now() < ends_at then 'running' else 'ended' end as state
from public_notice where id = $1

-- name: notices
select id, topic_id, code, title_zh, title_en, body, starts_at, ends_at, published_at,
  case when app.now() < ends_at then 'running' else 'ended' end as state
from public_notice
where ($1::timestamptz is null or (published_at, id) < ($1, $2::uuid))
order by published_at desc, id desc limit $3

-- name: confirmed_list
select id, entries, confirmed_at from award_list where topic_id = $1 and status = 'confirmed'

-- name: add_contract
insert into contract (id, number, topic_id, agency_id, funder_id, end_user_id, application_id, team_id, award_list_id,
  status, version, body, sha256, pledge, pledge_sha256, amount_minor, currency, created_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'signing', 1, $10, $11, $12, $13, $14, $15, $16, app.clock())

-- name: contract
select c.id, c.number, c.topic_id, c.agency_id, c.funder_id, c.end_user_id, c.application_id, c.team_id, c.award_list_id,
  c.status, c.version, c.body, c.sha256, c.pledge, c.pledge_sha256, c.amount_minor, c.currency, c.created_at, c.effective_at,
  coalesce((select jsonb_agg(jsonb_build_object('document', s.document, 'party', s.party, 'org_id', s.org_id,
      'person_id', s.person_id, 'person_name', s.person_name, 'sha256', s.sha256, 'statement', s.statement,
      'signed_at', s.signed_at, 'order', s."order") order by s."order")
    from signature s where s.contract_id = c.id), '[]') as signatures
from contract c where c.id = $1

-- name: contracts
select c.id, c.number, c.topic_id, c.team_id, c.status, c.amount_minor, c.currency, c.created_at, c.effective_at,
  c.body -> 'title' as title, (c.body ->> 'sign_by')::timestamptz as sign_by
from contract c
where ($2::timestamptz is null or (c.created_at, c.id) < ($2, $3::uuid)) and ($5::uuid is null or c.topic_id = $5)
order by c.created_at desc, c.id desc limit $4

-- name: gate
select status, effective_at, frozen, at from app.contract_gate($1)

-- name: sign
insert into signature (id, contract_id, agency_id, funder_id, team_id, document, party, org_id, person_id, person_name,
  sha256, statement, signed_at, "order")
select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, coalesce(max("order"), 0) + 1 from signature where contract_id = $2

-- name: signed
select document, party from signature where contract_id = $1

-- name: lock_contract
select c.id, c.topic_id, c.application_id, c.status, c.body, c.sha256, c.pledge, c.pledge_sha256, l.score_run_id
from contract c join award_list l on l.id = c.award_list_id where c.id = $1 for no key update of c

-- name: take_effect
update contract set status = $2, version = version + 1, effective_at = app.clock() where id = $1
