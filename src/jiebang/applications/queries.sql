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

-- name: application
select a.id, a.version, a.team_id, a.topic_id, a.agency_id, a.status, a.answers, a.submission_id, a.ineligible_reason, a.updated_at,
  s.n, s.receipt_no, s.submitted_at, s.manifest, s.sha256
from application a left join submission s on s.id = a.submission_id
where a.id = $1

-- name: application_of_team
select id from application where team_id = $1

-- name: lock_bid
select a.id from application a where a.team_id = $1 for update

-- name: add_draft
insert into application (id, team_id, topic_id, agency_id, status, version, answers, created_at, updated_at)
values ($1, $2, $3, $4, 'draft', 1, $5, app.now(), app.now())

-- name: save_answers
update application set answers = $2, version = version + 1, updated_at = app.now() where id = $1

-- name: my_applications
select t.id as team_id, t.name as team_name, t.lead_person_id = (select app.me()) as lead, t.topic_id, a.id as application_id,
  a.status, s.receipt_no, s.submitted_at, t.created_at
from team t join application a on a.team_id = t.id left join submission s on s.id = a.submission_id
where ($2::timestamptz is null or (t.created_at, t.id) < ($2::timestamptz, $3::uuid))
order by t.created_at desc, t.id desc
limit $4

-- name: invitations
select id, email, org_id, created_at, expires_at from team_invitation
where team_id = $1 and used_at is null and expires_at > now()
order by created_at, id

-- name: add_invitation
insert into team_invitation (id, team_id, topic_id, agency_id, email, org_id, token_hash, invited_by, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: set_share
update team_org set work_bp = $3, share_bp = $4 where team_id = $1 and org_id = $2

-- name: remove_org
delete from team_org where team_id = $1 and org_id = $2 and role = 'partner' returning id

-- name: remove_people
delete from team_member where team_id = $1 and org_id = $2 and role = 'member'

-- name: bump_team
update team set version = version + 1 where id = $1

-- name: chosen_materials
select id, part, filename, size_bytes, sha256, object_key, status from material where team_id = $1 and id = any ($2::uuid[])

-- name: supersede
update submission set current = false where application_id = $1 and current returning n

-- name: add_submission
insert into submission (id, application_id, team_id, topic_id, agency_id, n, receipt_no, submitted_by, submitted_at, team, answers,
  manifest, sha256, current)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, true)

-- name: mark_submitted
update application set status = $2, submission_id = $3, version = version + 1, updated_at = app.now() where id = $1

-- name: add_material
insert into material (id, team_id, topic_id, agency_id, application_id, milestone_id, part, filename, content_type, size_bytes, sha256,
  quarantine_key, status, created_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'pending', $13, app.now())

-- name: material
select id, team_id, topic_id, application_id, part, milestone_id, filename, content_type, size_bytes, sha256, status, refusal, pages,
  created_at, checked_at, quarantine_key, object_key
from material where id = $1

-- name: materials
select id, team_id, part, milestone_id, filename, content_type, size_bytes, sha256, status, refusal, pages, created_at, checked_at
from material where team_id = $2
order by created_at, id

-- name: count_files
select count(*) from material where team_id = $1 and milestone_id is not distinct from $2

-- name: in_a_submission
select exists (select from submission s where s.application_id = $1
  and s.manifest @> jsonb_build_array(jsonb_build_object('material_id', $2::text)))

-- name: opened_page
select a.id as application_id, a.version, a.status, s.id as submission_id, s.receipt_no, s.submitted_at, a.team_id,
  s.team, s.answers, s.manifest, a.ineligible_reason
from application a join submission s on s.id = a.submission_id
where a.topic_id = $2 and a.opened_at is not null and ($3::uuid is null or a.id > $3::uuid)
order by a.id
limit $4

-- name: opened_one
select a.id as application_id, a.version, a.status, s.id as submission_id, s.receipt_no, s.submitted_at, a.team_id,
  s.team, s.answers, s.manifest, a.ineligible_reason
from application a join submission s on s.id = a.submission_id
where a.topic_id = $2 and a.id = $3 and a.opened_at is not null

-- name: formal_progress
select t.id as topic_id, count(a.id) filter (where a.status = 'submitted') as undecided,
  count(a.id) filter (where a.status not in ('submitted', 'ineligible')) as eligible,
  count(a.id) filter (where a.status = 'ineligible') as ineligible
from topic t left join application a on a.topic_id = t.id and a.opened_at is not null
where t.id = $2 and t.agency_id = (select app.my_org()) and t.published_at is not null
group by t.id

-- name: set_ineligible_reason
update application set ineligible_reason = $2 where id = $1

-- name: settle_material
update material set status = $2, object_key = $3, pages = $4, refusal = $5, checked_at = app.now()
where id = $1 and status = 'pending'

-- name: mail_team_invitation
select i.id, i.email, i.used_at, i.expires_at > now() as valid, t.name as team_name, o.name_zh, o.name_en
from team_invitation i join team t on t.id = i.team_id join organisation o on o.id = i.org_id
where i.id = $1

-- name: mail_receipt
select p.email, p.locale, p.display_name, t.name as team_name, s.receipt_no, s.submitted_at, s.sha256, s.manifest
from submission s join person p on p.id = s.submitted_by join team t on t.id = s.team_id
where s.id = $1

-- name: mail_formal_check
select p.email, p.locale, p.display_name, t.name as team_name, a.status, a.ineligible_reason, s.receipt_no
from application a join team t on t.id = a.team_id join person p on p.id = t.lead_person_id join submission s on s.id = a.submission_id
where a.id = $1
