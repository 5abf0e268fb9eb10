-- name: add_milestone
insert into milestone (id, contract_id, topic_id, agency_id, funder_id, end_user_id, team_id, n, title_zh, title_en, due_on,
  amount_minor, currency, status, version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'planned', 1)

-- name: milestone
select m.id, m.contract_id, m.topic_id, m.agency_id, m.funder_id, m.end_user_id, m.team_id, m.n, m.title_zh, m.title_en,
  m.due_on, m.amount_minor, m.currency, m.status, m.version, m.evidence, m.submitted_by, m.submitted_at, m.confirmed_by,
  m.confirmed_at, m.opinion
from milestone m where m.id = $1

-- name: milestones
select m.id, m.contract_id, m.topic_id, m.agency_id, m.funder_id, m.end_user_id, m.team_id, m.n, m.title_zh, m.title_en,
  m.due_on, m.amount_minor, m.currency, m.status, m.version, m.evidence, m.submitted_by, m.submitted_at, m.confirmed_by,
  m.confirmed_at, m.opinion
from milestone m where m.contract_id = $2 order by m.n

-- name: submit
update milestone set status = $2, version = version + 1, evidence = $3, submitted_by = $4, submitted_at = app.clock()
where id = $1 and version = $5

-- name: confirm
update milestone set status = $2, version = version + 1, opinion = $3, confirmed_by = $4, confirmed_at = app.clock()
where id = $1 and version = $5

-- name: add_disbursement
insert into disbursement (id, milestone_id, contract_id, agency_id, funder_id, team_id, amount_minor, currency, status,
  version, requested_by, requested_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'requested', 1, $9, app.clock())

-- name: disbursement
select d.id, d.milestone_id, d.contract_id, d.agency_id, d.funder_id, d.team_id, d.amount_minor, d.currency, d.status,
  d.version, d.requested_by, d.requested_at, d.approved_by, d.approved_at, d.settled_by, d.settled_at, d.bank_reference
from disbursement d where d.id = $1

-- name: disbursements
select d.id, d.milestone_id, d.contract_id, d.agency_id, d.funder_id, d.team_id, d.amount_minor, d.currency, d.status,
  d.version, d.requested_by, d.requested_at, d.approved_by, d.approved_at, d.settled_by, d.settled_at, d.bank_reference
from disbursement d where d.contract_id = $2 order by d.requested_at, d.id

-- name: approve
update disbursement set status = $2, version = version + 1, approved_by = $3, approved_at = app.clock() where id = $1

-- name: settle
update disbursement set status = $2, version = version + 1, settled_by = $3, settled_at = app.clock(), bank_reference = $4
where id = $1

-- name: add_entry
insert into ledger_entry (id, agency_id, funder_id, contract_id, team_id, kind, reference, currency, lines, posted_by, posted_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, app.clock())

-- name: add_posting
insert into ledger_posting (id, entry_id, agency_id, funder_id, contract_id, team_id, n, account, amount_minor, currency)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: balances
select account, currency, sum(amount_minor)::bigint as amount_minor from ledger_posting where contract_id = $1
group by account, currency order by currency, account

-- name: entries
select e.id, e.kind, e.reference, e.currency, e.posted_by, e.posted_at,
  (select jsonb_agg(jsonb_build_object('account', p.account, 'amount_minor', p.amount_minor) order by p.n)
     from ledger_posting p where p.entry_id = e.id) as postings
from ledger_entry e where e.contract_id = $1 order by e.posted_at, e.reference

-- name: trial_balance
select p.account, p.currency, sum(p.amount_minor)::bigint as amount_minor from ledger_posting p
where p.funder_id = $2
group by p.account, p.currency order by p.currency, p.account
