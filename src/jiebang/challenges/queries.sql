-- name: frozen
select p.topic_id, p.code, p.n, p.status, p.agency_id, p.agency_zh, p.agency_en, p.body, p.rules, p.sha256, p.published_at, p.closes_at
from public_topic p where p.topic_id = $1

-- name: topic
select t.id, t.code, t.agency_id, t.funder_id, t.end_user_id, t.status, t.version, t.drafter_id, t.legal_reviewer_id, t.approver_id,
  t.rule_set_id, t.body, t.closes_at, t.published_at, t.opening_first_id, t.opened_by, t.opened_at, t.created_at, t.updated_at
from topic t where t.id = $1

-- name: calendars
select c.body from working_calendar c order by c.year
