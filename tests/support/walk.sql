-- Where each command of `walk.MOVES` is possible now in the agency $1: `people` who may give it, its path values, its
-- `version` where one is sent, and what its body needs to know.

-- name: helpers
create schema walk;
grant usage on schema walk to public;
create function walk.staff(org uuid, wanted text) returns uuid[] language sql stable as
  $$ select coalesce(array_agg(person_id order by granted_at, person_id), '{}') from app.org_role where org_id = org and role = wanted $$;
create function walk.duty(topic uuid, wanted text) returns uuid[] language sql stable as
  $$ select coalesce(array_agg(person_id order by granted_at, person_id), '{}') from app.topic_role where topic_id = topic and role = wanted $$;
create function walk.minus(those uuid[], others uuid[]) returns uuid[] language sql immutable as
  $$ select coalesce(array_agg(one order by n), '{}') from unnest(those) with ordinality as t (one, n) where not coalesce(one = any (others), false) $$;
create function walk.draw_officers(topic uuid, agency uuid) returns uuid[] language sql stable as
  $$ select walk.minus(walk.duty(topic, 'draw_officer'), array(select verified_by from app.expert where agency_id = agency and verified_by is not null)) $$;
create function walk.leads(topic uuid) returns uuid[] language sql stable as
  $$ select coalesce(array_agg(m.lead_person_id order by m.created_at, m.id), '{}') from app.team m join app.application a on a.team_id = m.id where m.topic_id = topic and a.submission_id is not null $$;
create function walk.whole(answers jsonb) returns boolean language sql immutable as
  $$ select answers -> 'part_b' -> 'promised' ? 'latency' $$;
create function walk.judged(scores jsonb, comments jsonb) returns boolean language sql immutable as
  $$ select scores ?& array['merit', 'plan'] and comments ?& array['merit', 'plan'] $$;

-- name: create_topic
select walk.staff($1, 'agency_officer') as people, t.funder_id, t.end_user_id, t.rule_set_id from topic t
where t.agency_id = $1 and (select count(*) from topic where agency_id = $1) < 3 and not exists (select from application where agency_id = $1)
order by t.created_at limit 1

-- name: edit_topic
select walk.duty(id, 'drafter') as people, id as topic_id, version, funder_id, end_user_id, rule_set_id from topic
where agency_id = $1 and status = 'draft'

-- name: submit_topic
select walk.duty(id, 'drafter') as people, id as topic_id, version from topic where agency_id = $1 and status = 'draft'

-- name: pass_topic_review
select walk.minus(walk.staff($1, 'legal_budget_reviewer'), walk.duty(id, 'drafter') || walk.duty(id, 'approver')) as people,
  id as topic_id, version from topic where agency_id = $1 and status = 'review'

-- name: return_topic
select case status
    when 'review' then walk.minus(walk.staff($1, 'legal_budget_reviewer'), walk.duty(id, 'drafter') || walk.duty(id, 'approver'))
    else walk.minus(walk.staff($1, 'agency_officer'), walk.duty(id, 'drafter') || walk.duty(id, 'legal_budget_reviewer'))
  end as people, id as topic_id, version from topic where agency_id = $1 and status in ('review', 'legal_passed', 'approved')

-- name: approve_topic
select walk.minus(walk.staff($1, 'agency_officer'), walk.duty(id, 'drafter') || walk.duty(id, 'legal_budget_reviewer')) as people,
  id as topic_id, version from topic where agency_id = $1 and status = 'legal_passed'

-- name: publish_topic
select walk.duty(id, 'approver') as people, id as topic_id, version from topic where agency_id = $1 and status = 'approved'

-- name: grant_topic_role
select walk.staff($1, 'agency_officer') as people, t.id as topic_id, duty.role, p.person_id
from topic t
cross join (values ('screener', 'screener', 1), ('draw_officer', 'agency_officer', 1), ('opening_officer', 'agency_officer', 2)) as duty (role, staff, needed)
cross join unnest(walk.minus(walk.staff($1, duty.staff), walk.duty(t.id, duty.role))) as p (person_id)
where t.agency_id = $1 and t.status in ('approved', 'published') and cardinality(walk.duty(t.id, duty.role)) < duty.needed
order by t.created_at, duty.role, p.person_id

-- name: close_topic
select t.id as topic_id from topic t where t.agency_id = $1 and t.status = 'published' and t.closes_at > now()
  and (select count(*) >= 2 and bool_and(status = 'submitted') from application where topic_id = t.id)

-- name: open_applications
select walk.minus(walk.duty(id, 'opening_officer'), array[opening_first_id]) as people, id as topic_id from topic
where agency_id = $1 and status = 'published' and closes_at <= now()

-- name: found_team
select array(
    select person_id from team_member where topic_id = t.id except select lead_person_id from team where topic_id = t.id order by 1
  ) as people, t.id as topic_id
from topic t where t.agency_id = $1 and t.status = 'published' and t.closes_at > now()

-- name: save_answers
select array[m.lead_person_id] as people, a.id as application_id, a.version
from application a join team m on m.id = a.team_id join topic t on t.id = a.topic_id
where t.agency_id = $1 and t.status = 'published' and t.closes_at > now() and not walk.whole(a.answers)

-- name: submit_application
select array[m.lead_person_id] as people, a.id as application_id, m.id as team_id
from application a join team m on m.id = a.team_id join topic t on t.id = a.topic_id
where t.agency_id = $1 and t.status = 'published' and t.closes_at > now() and walk.whole(a.answers)
  and (select sum(work_bp) = 10000 and sum(share_bp) = 10000 from team_org where team_id = m.id)

-- name: decide_formal_check
select walk.duty(t.id, 'screener') as people, a.id as application_id, d.decision
from application a join topic t on t.id = a.topic_id cross join (values ('eligible'), ('ineligible')) as d (decision)
where t.agency_id = $1 and t.opened_at is not null and a.status = 'submitted'
  and (d.decision = 'eligible' or (select count(*) from application o where o.topic_id = t.id and o.status in ('submitted', 'eligible')) > 2)

-- name: announce_draw
select walk.draw_officers(t.id, $1) as people, t.id as topic_id from topic t
where t.agency_id = $1 and t.status = 'screening' and not exists (select from expert_draw d where d.topic_id = t.id)

-- name: commit_draw_share
select walk.minus(p.people, array(select person_id from draw_share where draw_id = d.id)) as people, d.topic_id, d.id as draw_id, p.party
from expert_draw d cross join lateral (values ('agency', walk.duty(d.topic_id, 'draw_officer')), ('supervisor', walk.staff($1, 'supervisor'))) as p (party, people)
where d.agency_id = $1 and d.status = 'seed_committed' and not exists (select from draw_share s where s.draw_id = d.id and s.party = p.party)

-- name: commit_applicants_share
select walk.leads(d.topic_id) as people, d.topic_id, d.id as draw_id, 'applicants' as party from expert_draw d
where d.agency_id = $1 and d.status = 'seed_committed' and not exists (select from draw_share s where s.draw_id = d.id and s.party = 'applicants')

-- name: freeze_draw
select walk.draw_officers(t.id, $1) as people, d.id as draw_id from expert_draw d join topic t on t.id = d.topic_id
where t.agency_id = $1 and d.status = 'seed_committed' and t.opened_at is not null
  and (select count(*) from draw_share where draw_id = d.id) = 3
  and not exists (select from application a where a.topic_id = t.id and a.status = 'submitted')
  and (select count(*) from application a where a.topic_id = t.id and a.status = 'eligible') >= 2
  and (select count(*) from expert e where e.agency_id = $1 and e.status = 'active') >= 2

-- name: reveal_draw_share
select array[s.person_id] as people, s.topic_id, s.draw_id, s.commitment from draw_share s join expert_draw d on d.id = s.draw_id
where s.agency_id = $1 and d.status = 'frozen' and s.share is null and s.party <> 'applicants'

-- name: reveal_applicants_share
select array[s.person_id] as people, s.topic_id, s.draw_id, s.commitment from draw_share s join expert_draw d on d.id = s.draw_id
where s.agency_id = $1 and d.status = 'frozen' and s.share is null and s.party = 'applicants'

-- name: answer_assignment
select array[s.reviewer_id] as people, s.id as assignment_id, s.version, d.decision
from review_assignment s cross join (values ('accept'), ('accept'), ('decline')) as d (decision)
where s.agency_id = $1 and s.status = 'offered'

-- name: save_my_review
select array[s.reviewer_id] as people, p.id as proposal_id, coalesce(r.version, 0) as version
from review_assignment s join review_application p on p.assignment_id = s.id left join review r on r.review_application_id = p.id
where s.agency_id = $1 and s.status = 'accepted' and (r.id is null or r.status = 'draft' and not walk.judged(r.scores, r.comments))

-- name: submit_my_review
select array[s.reviewer_id] as people, r.review_application_id as proposal_id, r.version
from review_assignment s join review r on r.assignment_id = s.id
where s.agency_id = $1 and s.status = 'accepted' and r.status = 'draft' and walk.judged(r.scores, r.comments)

-- name: compute_scores
select walk.duty(t.id, 'draw_officer') as people, t.id as topic_id from topic t
where t.agency_id = $1 and t.status = 'reviewing' and not exists (select from score_run r where r.topic_id = t.id)
  and not exists (select from review_assignment s where s.topic_id = t.id and s.status in ('offered', 'accepted'))
  and exists (select from review_assignment s where s.topic_id = t.id and s.status = 'submitted')

-- name: propose_awards
select walk.staff($1, 'agency_officer') as people, t.id as topic_id from topic t
where t.agency_id = $1 and t.status = 'reviewing' and exists (select from score_run r where r.topic_id = t.id)

-- name: decide_awards
select walk.minus(walk.staff($1, 'agency_officer'), array[proposed_by]) as people, id as list_id, version from award_list
where agency_id = $1 and status = 'proposed'

-- name: give_notice
select walk.staff($1, 'agency_officer') as people, l.id as list_id, l.version from award_list l
where l.agency_id = $1 and l.status = 'decided' and not exists (select from public_notice n where n.award_list_id = l.id)

-- name: end_notice
select l.id as list_id from award_list l join public_notice n on n.award_list_id = l.id
where l.agency_id = $1 and l.status = 'decided' and n.ends_at > now()

-- name: confirm_awards
select walk.staff($1, 'agency_officer') as people, l.id as list_id, l.version from award_list l join public_notice n on n.award_list_id = l.id
where l.agency_id = $1 and l.status = 'decided' and n.ends_at <= now()

-- name: draw_up_contract
select walk.staff($1, 'agency_officer') as people, a.topic_id, a.id as application_id from application a
where a.agency_id = $1 and a.status = 'awarded' and not exists (select from contract c where c.application_id = a.id)

-- name: sign_contract
select w.people, c.id as contract_id, w.document, w.party, w.sha256
from contract c join team m on m.id = c.team_id cross join lateral (values
  ('contract', 'agency', c.sha256, walk.staff($1, 'agency_officer')),
  ('contract', 'lead_org', c.sha256, walk.staff(m.lead_org_id, 'org_admin')),
  ('pledge', 'lead_person', c.pledge_sha256, array[m.lead_person_id]),
  ('pledge', 'lead_org', c.pledge_sha256, walk.staff(m.lead_org_id, 'org_admin'))) as w (document, party, sha256, people)
where c.agency_id = $1 and c.status = 'signing'
  and not exists (select from signature s where s.contract_id = c.id and (s.document, s.party) = (w.document, w.party))

-- name: submit_evidence
select array[m.lead_person_id] as people, s.id as milestone_id, s.version, m.lead_person_id as lead
from milestone s join team m on m.id = s.team_id where s.agency_id = $1 and s.status = 'planned'

-- name: confirm_milestone
select walk.staff(end_user_id, 'end_user') as people, id as milestone_id, version from milestone
where agency_id = $1 and status = 'submitted'

-- name: request_disbursement
select walk.staff(funder_id, 'finance_officer') as people, s.id as milestone_id from milestone s
where s.agency_id = $1 and s.status = 'passed' and not exists (select from disbursement d where d.milestone_id = s.id)

-- name: approve_disbursement
select walk.minus(walk.staff(funder_id, 'finance_officer'), array[requested_by]) as people, id as disbursement_id, version
from disbursement where agency_id = $1 and status = 'requested'

-- name: settle_disbursement
select walk.staff(funder_id, 'finance_officer') as people, id as disbursement_id, version from disbursement
where agency_id = $1 and status = 'approved'

-- name: people
select r.person_id, (array_agg(r.org_id order by r.granted_at))[1] as org_id from org_role r
where r.org_id in (
  select unnest(array[agency_id, funder_id, end_user_id]) from topic where agency_id = $1
  union select org_id from team_org where agency_id = $1 union select org_id from expert where agency_id = $1)
group by r.person_id order by min(r.granted_at), r.person_id

-- name: ids
select 'topic_id' as name, array(select id from topic where agency_id = $1 order by created_at, id)::text[] as known
union all select 'team_id', array(select id from team where agency_id = $1 order by created_at, id)::text[]
union all select 'application_id', array(select id from application where agency_id = $1 order by created_at, id)::text[]
union all select 'material_id', array(select id from material where agency_id = $1 order by created_at, id)::text[]
union all select 'org_id', array(select distinct org_id from team_org where agency_id = $1)::text[]
union all select 'invitation_id', array(select i.id from team_invitation i where i.agency_id = $1)::text[]
union all select 'contract_id', array(select id from contract where agency_id = $1 order by created_at, id)::text[]
union all select 'milestone_id', array(select id from milestone where agency_id = $1 order by n, id)::text[]
union all select 'list_id', array(select id from award_list where agency_id = $1 order by proposed_at, id)::text[]
union all select 'notice_id', array(select id from public_notice where agency_id = $1 order by published_at, id)::text[]
union all select 'disbursement_id', array(select id from disbursement where agency_id = $1 order by requested_at, id)::text[]
union all select 'expert_id', array(select id from expert where agency_id = $1 order by created_at, id)::text[]
union all select 'draw_id', array(select id from expert_draw where agency_id = $1 order by created_at, id)::text[]
union all select 'run_id', array(select id from score_run where agency_id = $1 order by computed_at, id)::text[]
union all select 'assignment_id', array(select id from review_assignment where agency_id = $1 order by rank, id)::text[]
union all select 'proposal_id', array(select id from review_application where agency_id = $1 order by alias)::text[]
union all select 'person_id', array(select distinct person_id from topic_role where agency_id = $1)::text[]

-- name: due_jobs
select id, kind, payload, attempts from outbox
where kind = any ($2) and fairness_key = any (array(select id::text from topic where agency_id = $1)) and done_at is null and dead_at is null
order by id

-- name: wrong_books
select 'entry ' || entry_id || ' does not balance' as wrong from ledger_posting group by entry_id, currency having sum(amount_minor) <> 0
union all
select 'contract ' || contract_id || ' has overdrawn its cash' from ledger_posting where account = 'cash' group by contract_id having sum(amount_minor) < 0
union all
select 'milestone ' || milestone_id || ' is settled twice' from disbursement where status = 'settled' group by milestone_id having count(*) > 1
union all
select 'contract ' || c.id || ' paid other than what was settled' from contract c
where (select coalesce(-sum(p.amount_minor), 0) from ledger_posting p join ledger_entry e on e.id = p.entry_id
       where p.contract_id = c.id and e.kind = 'pay_tranche' and p.account = 'cash')
   <> (select coalesce(sum(d.amount_minor), 0) from disbursement d where d.contract_id = c.id and d.status = 'settled')
