-- name: team
select t.id, t.topic_id, t.agency_id, t.name, t.lead_person_id, t.lead_org_id, t.version,
  (select jsonb_agg(jsonb_build_object('org_id', o.org_id, 'role', o.role, 'name_zh', o.name_zh, 'name_en', o.name_en,
      'work_bp', o.work_bp, 'share_bp', o.share_bp) order by o.role, o.confirmed_at, o.org_id)
     from team_org o where o.team_id = t.id) as orgs,
  (select jsonb_agg(jsonb_build_object('person_id', m.person_id, 'name', m.person_name, 'org_id', m.org_id, 'role', m.role)
      order by m.role, m.joined_at, m.person_id)
     from team_member m where m.team_id = t.id) as people
from team t where t.id = $1

-- name: opened
select a.id as application_id, a.version, a.status, s.id as submission_id, s.receipt_no, s.submitted_at, a.team_id,
  s.team, s.answers, s.manifest, a.ineligible_reason
from application a join submission s on s.id = a.submission_id
where a.topic_id = $1 and a.opened_at is not null
order by a.id

-- name: evidence_files
select m.id, m.team_id, m.part, m.filename, m.size_bytes, m.sha256, m.object_key, m.pages, m.milestone_id
from material m where m.milestone_id = $1 and m.status = 'checked'
order by m.created_at, m.id

-- name: lock_application
select id, team_id, topic_id, agency_id, status, version, answers, submission_id from application where id = $1 for update

-- name: move_application
update application set status = $2, version = version + 1, updated_at = app.now() where id = $1

