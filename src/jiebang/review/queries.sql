-- name: latest_score_run
select id, topic_id, n, output -> 'entries' as ranking, sha256, computed_at
from score_run where topic_id = $1 order by n desc limit 1

-- name: score_runs
select s.id, s.topic_id, s.n, s.output -> 'entries' as ranking, s.sha256, s.computed_at,
  (select coalesce(jsonb_object_agg(c.application_id, p.panel_code), '{}') from blind_copy c
     join review_application p on p.id = c.review_application_id where c.topic_id = s.topic_id and p.panel_code is not null) as panel_codes
from score_run s where s.topic_id = $2 order by s.n

-- name: panel_codes
select coalesce(jsonb_object_agg(c.application_id, p.panel_code), '{}') from blind_copy c
join review_application p on p.id = c.review_application_id where c.topic_id = $1 and p.panel_code is not null

-- name: score_run_export
select inputs, output from score_run where id = $2

-- name: score_run_stored
select inputs, output from score_run where id = $1

-- name: my_experts
select e.id, e.person_name, e.agency_id, e.org_id, e.org_name, coalesce(e.org_name_en, '') as org_name_en, e.kind, e.tracks, e.directions, cardinality(e.publications) as publications, e.status, e.version,
  a.name_zh, a.name_en, e.publications as texts, e.region, e.created_at as offered_at
from expert e left join lateral app.agency_names(e.agency_id) a on true where e.person_id = (select app.me()) order by e.id

-- name: pool_page
select id, person_name, agency_id, org_id, org_name, coalesce(org_name_en, '') as org_name_en, kind, tracks, directions, cardinality(publications) as publications, status, version from expert
where agency_id = (select app.my_org()) and ($2::uuid is null or id > $2) order by id limit $3

-- name: expert
select id, person_name, agency_id, org_id, org_name, coalesce(org_name_en, '') as org_name_en, kind, tracks, directions, cardinality(publications) as publications, status, version from expert where id = $1

-- name: verified_some
select exists (select from expert where agency_id = (select app.my_org()) and verified_by = (select app.me()))

-- name: pool
select e.id, e.person_id, e.kind, e.org_id, e.verified_by, e.region, e.directions, e.publications, array_agg(a.org_id) as orgs
from expert e join app.pool_affiliations() a on a.expert_id = e.id
where e.status = 'active' and $1 = any(e.tracks)
group by e.id, e.person_id, e.kind, e.org_id, e.verified_by, e.region, e.directions, e.publications

-- name: pool_of
select e.id, e.person_id, e.kind, e.org_id, e.verified_by, e.region, e.directions, e.publications,
  app.affiliations(e.person_id) || e.org_id as orgs
from expert e where e.agency_id = $1 and e.status = 'active' and $2 = any(e.tracks)

-- name: seats
select a.expert_id, e.org_id, e.region, a.kind, a.status from review_assignment a join expert e on e.id = a.expert_id where a.topic_id = $1

-- name: placed
select b.application_id, a.expert_id, e.org_id, e.region, a.kind
from blind_copy b join review_assignment a on a.id = b.assignment_id join expert e on e.id = a.expert_id
where b.topic_id = $1 and a.status <> 'declined'

-- name: applications_of
select application_id from blind_copy where assignment_id = $1 order by application_id

-- name: draws
select id, topic_id, n, status, commitment, commit_by, frozen_sha256, frozen_at, reveal_by, blocked, reason, created_at, drawn_at,
  (select coalesce(jsonb_agg(jsonb_build_object('party', s.party, 'commitment', s.commitment, 'committed_at', s.committed_at,
     'revealed_at', s.revealed_at) order by s.party), '[]') from draw_share s where s.draw_id = d.id) as parties
from expert_draw d where topic_id = $2 order by n

-- name: draw_view
select id, topic_id, n, status, commitment, commit_by, frozen_sha256, frozen_at, reveal_by, blocked, reason, created_at, drawn_at,
  (select coalesce(jsonb_agg(jsonb_build_object('party', s.party, 'commitment', s.commitment, 'committed_at', s.committed_at,
     'revealed_at', s.revealed_at) order by s.party), '[]') from draw_share s where s.draw_id = d.id) as parties
from expert_draw d where id = $1

-- name: topic_draws
select id, topic_id, n, status, commitment, commit_by, frozen_sha256, frozen_at, reveal_by, blocked, reason, created_at, drawn_at,
  (select coalesce(jsonb_agg(jsonb_build_object('party', s.party, 'commitment', s.commitment, 'committed_at', s.committed_at,
     'revealed_at', s.revealed_at) order by s.party), '[]') from draw_share s where s.draw_id = d.id) as parties
from expert_draw d where topic_id = $1 order by n

-- name: finished
select id, inputs, output from expert_draw where topic_id = $1 and status = 'drawn' order by n

-- name: draw_export
select topic_id, inputs, output from expert_draw where id = $2

-- name: draw
select id, topic_id, agency_id, n, status, commitment, commit_by, inputs, reveal_by, reason from expert_draw where id = $1

-- name: draw_full
select topic_id, inputs, output from expert_draw where id = $1

-- name: shares
select party, commitment, share from draw_share where draw_id = $1

-- name: expert_names
select id, person_name, org_name, coalesce(org_name_en, '') as org_name_en from expert where agency_id = (select app.my_org()) and id = any($1::uuid[])

-- name: commit_share
select app.commit_share($1, $2)

-- name: reveal_share
select app.reveal_share($1, $2)

-- name: draw_record
select app.draw_record($1, $2) as record, app.draw_openings($1, $2) as openings

-- name: announce_draw
select app.announce_draw($1, $2)

-- name: progress
select a.id as assignment_id, a.n, a.expert_id, e.person_id, e.person_name, e.org_name, coalesce(e.org_name_en, '') as org_name_en, a.kind, d.n as draw_n, a.rank, a.status, a.decline_reason,
  a.offered_on, a.answer_by, a.due_on, a.proposals,
  (select count(*) from blind_copy b where b.assignment_id = a.id and b.status = 'released') as copies_released,
  (select count(*) from review r where r.assignment_id = a.id) as reviews_submitted
from review_assignment a join expert e on e.id = a.expert_id join expert_draw d on d.id = a.draw_id
where a.topic_id = $2 order by a.kind, a.n

-- name: lapse
update review_assignment set status = 'declined', decline_reason = 'no_response', version = version + 1, answered_at = app.clock()
where id = $1 and status = 'offered' returning id

-- name: offered
select id, topic_id, draw_id, kind, status, answer_by from review_assignment where id = $1

-- name: submitted_reviews
select r.id, r.version, r.assignment_id, r.scores, b.application_id
from review r join blind_copy b on b.review_application_id = r.review_application_id
where r.topic_id = $1 and r.status = 'submitted'

-- name: my_assignments
select a.id, a.topic_id, p.title_zh, p.title_en, p.body -> 'problem' as problem, p.agency_zh, p.agency_en, a.kind, a.status, a.proposals,
  a.offered_on, a.answer_by, a.due_on, a.version
from review_assignment a join public_topic p on p.topic_id = a.topic_id
order by a.id

-- name: my_assignment
select a.id, a.topic_id, p.title_zh, p.title_en, p.body -> 'problem' as problem, p.agency_zh, p.agency_en, a.kind, a.status, a.proposals,
  a.offered_on, a.answer_by, a.due_on, a.version
from review_assignment a join public_topic p on p.topic_id = a.topic_id
where a.id = $1

-- name: answer
update review_assignment set status = $3, decline_reason = $4, declaration = $5, version = version + 1, answered_at = app.clock()
where id = $1 and version = $2 and status = 'offered' returning id

-- name: my_proposals
select p.id, p.alias, p.panel_code, p.file_pages, r.status as review_status
from review_application p left join review r on r.review_application_id = p.id
where p.assignment_id = $2 order by p.id

-- name: my_proposal
select p.id, p.assignment_id, p.topic_id, p.alias, p.panel_code, p.answers, p.file_pages, t.body -> 'criteria' as criteria,
  (t.rules ->> 'score_max')::integer as score_max, r.status as review_status, coalesce(r.scores, '{}') as scores,
  coalesce(r.comments, '{}') as comments, coalesce(r.version, 0) as version
from review_application p join public_topic t on t.topic_id = p.topic_id left join review r on r.review_application_id = p.id
where p.id = $2

-- name: proposal
select p.id, p.assignment_id, p.topic_id, t.agency_id, t.body -> 'criteria' as criteria,
  (t.rules ->> 'score_max')::integer as score_max
from review_application p join public_topic t on t.topic_id = p.topic_id where p.id = $1

-- name: my_file
select p.topic_id, p.alias, p.file_key from review_application p where p.id = $2

-- name: my_review
select id, status, scores, comments, version from review where review_application_id = $1

-- name: begin_review
insert into review (id, review_application_id, assignment_id, reviewer_id, topic_id, agency_id, status, version, scores, comments, updated_at)
values ($1, $2, $3, (select app.me()), $4, $5, 'draft', 1, $6, $7, app.clock())

-- name: save_review
update review set scores = $3, comments = $4, version = version + 1, updated_at = app.clock()
where id = $1 and version = $2 and status = 'draft' returning version

-- name: submit_review
update review set status = 'submitted', version = version + 1, updated_at = app.clock(), submitted_at = app.clock()
where id = $1 and version = $2 and status = 'draft' returning version

-- name: accepted_assignment
select id, proposals from review_assignment where id = $1 and status = 'accepted' for update

-- name: submit_assignment
update review_assignment set status = 'submitted', version = version + 1 where id = $1

-- name: draw_to_run
select id, topic_id, agency_id, n, status, commitment, commit_by, inputs, reveal_by, reason, output from expert_draw where id = $1 for update

-- name: freeze
update expert_draw set status = 'frozen', inputs = $2, frozen_sha256 = $3, frozen_at = app.clock(),
  reveal_by = app.clock() + make_interval(hours => $4), blocked = null where id = $1

-- name: block
update expert_draw set blocked = $2 where id = $1

-- name: finish_draw
update expert_draw set status = 'drawn', output = $2, drawn_at = app.clock() where id = $1

-- name: offer
insert into review_assignment (id, topic_id, agency_id, draw_id, reviewer_id, expert_id, n, kind, rank, status, proposals, offered_on, answer_by, due_on)
select $1, $2, $3, $4, e.person_id, e.id, 1 + (select count(*) from review_assignment a where a.topic_id = $2), e.kind, $6, 'offered', $7, $8, $9, $10 from expert e where e.id = $5

-- name: pending_copy
insert into blind_copy (id, application_id, submission_id, topic_id, agency_id, assignment_id, review_application_id, status, created_at)
values ($1, $2, $3, $4, $5, $6, $7, 'pending', app.clock())

-- name: copy_source
select b.id, b.status, s.answers, s.manifest from blind_copy b join submission s on s.id = b.submission_id where b.id = $1

-- name: copy_to_release
select b.id, b.application_id, b.topic_id, b.agency_id, b.assignment_id, b.review_application_id, b.status, a.reviewer_id
from blind_copy b join review_assignment a on a.id = b.assignment_id where b.id = $1 for update of b

-- name: release_application
insert into review_application (id, assignment_id, reviewer_id, topic_id, agency_id, alias, answers, file_key, file_sha256, file_pages, released_on)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: release_copy
update blind_copy set status = 'released', held_code = null, released_at = app.clock() where id = $1

-- name: hold_copy
update blind_copy set status = 'held', held_code = $2 where id = $1 and status <> 'released' returning topic_id

-- name: copies
select b.assignment_id, b.application_id, s.receipt_no, b.status, b.held_code, b.created_at, r.status as review_status
from blind_copy b join submission s on s.id = b.submission_id
left join review r on r.review_application_id = b.review_application_id
where b.topic_id = $2 order by s.receipt_no, b.assignment_id

-- name: review_progress
with seat as (
  select a.id, a.status, case a.status when 'offered' then a.answer_by when 'accepted' then a.due_on end as last_day
  from review_assignment a where a.topic_id = $2
), copy as (
  select b.status from blind_copy b join seat on seat.id = b.assignment_id and seat.status <> 'declined'
)
select t.id as topic_id,
  (select count(*) from seat where status = 'offered') as offered,
  (select count(*) from seat where status = 'accepted') as accepted,
  (select count(*) from seat where status in ('submitted', 'locked')) as submitted,
  (select count(*) from seat where status = 'declined') as declined,
  (select count(*) from seat where last_day < (app.now() at time zone 'Asia/Shanghai')::date) as overdue,
  (select count(*) from copy where status = 'pending') as copies_pending,
  (select count(*) from copy where status = 'held') as copies_held,
  (select count(*) from copy where status = 'released') as copies_released,
  (select count(*) from score_run s where s.topic_id = t.id) as score_runs
from topic t where t.id = $2 and t.agency_id = (select app.my_org()) and t.published_at is not null

-- name: mail_offer
select a.reviewer_id, a.answer_by, a.due_on, a.proposals, t.title_zh, t.title_en
from review_assignment a join public_topic t on t.topic_id = a.topic_id where a.id = $1 and a.status = 'offered'

-- name: lock_reviews
update review set status = 'locked' where topic_id = $1 and status = 'submitted'

-- name: lock_assignments
update review_assignment set status = 'locked', version = version + 1 where topic_id = $1 and status = 'submitted'

-- name: insert_score_run
insert into score_run (id, topic_id, agency_id, n, inputs, output, sha256, computed_by, computed_at)
values ($1, $2, $3, 1, $4, $5, $6, (select app.me()), app.clock())

-- name: organisation_name
select name_zh, name_en from organisation where id = $1

-- name: insert_expert
insert into expert (id, person_id, person_name, agency_id, org_id, org_name, org_name_en, kind, tracks, directions, publications, region, status, created_at)
values ($1, (select app.me()), (select app.my_name()), $2, $3, $4, $5, $6, $7, $8, $9, '', 'applied', app.now())

-- name: draw_commitments
select id, n, status, commitment, committed_at, commit_by, frozen_sha256, frozen_at, reveal_by, drawn_at, reason, parties from app.draw_commitments($1)

-- name: submitted_count
select count(*) from review where assignment_id = $1 and status = 'submitted'

-- name: seed
select seed, salt_key from draw_seed where draw_id = $1

-- name: current_submissions
select id, submission_id from application where topic_id = $1

-- name: lock_application_status
select status from application where id = $1 for update

-- name: assignment_topic
select topic_id from review_assignment where id = $1
