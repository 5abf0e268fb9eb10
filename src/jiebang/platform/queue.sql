-- Real time throughout: leases, pauses and ages know no shifted clock.

-- name: claim
-- The due jobs that nobody holds, dealt out in turns: what a key has in flight counts as its first turns, so a crowd
-- of ten thousand leaves a stranger's first job the very next place.
-- Arrays instead of joins: the planner's idea of a queue's length is always old.
-- $1: how many may wait in the queue, $2 and $3: kinds, and whether they are meant or excepted, $4: lease.
with due as (
  select id, fairness_key, lease_owner, coalesce(lease_until > now(), false) as leased
  from outbox
  where done_at is null and dead_at is null and run_at <= now() and (kind = any($2::text[])) = $3::boolean
), dealt as (
  select id, leased, row_number() over (partition by fairness_key order by leased desc, id) as turn from due
), picked as materialized (
  select id, turn from dealt where not leased order by turn, id
  limit greatest(0, $1::bigint - (select count(*) from due where leased and lease_owner = 'queue'))
), chosen as (
  select o.id from outbox o
  where o.id = any(array(select id from picked))
    and o.done_at is null and o.dead_at is null and (o.lease_until is null or o.lease_until <= now())
  for update of o skip locked
)
update outbox o set lease_owner = 'queue', lease_until = clock_timestamp() + $4::interval
where o.id = any(array(select id from chosen))
returning o.id, o.attempts, (select p.turn from picked p where p.id = o.id) as turn

-- name: unclaim
update outbox set lease_owner = null, lease_until = null
where id = any($1::bigint[]) and lease_owner = 'queue' and done_at is null

-- name: start
-- A ticket from the queue is good for one start: starting raises `attempts`, so a second ticket finds nothing.
-- Nothing waits for the disk: a start that a crash undoes is a run that happens again, and `done_at` lets one alone count.
with unsynced as materialized (select set_config('synchronous_commit', 'off', true))
update outbox set attempts = attempts + 1, lease_owner = $3::text, lease_until = clock_timestamp() + $4::interval from unsynced
where id = $1::bigint and attempts = $2::integer and done_at is null and dead_at is null
returning id, kind, payload, attempts, spared, request_id

-- name: heartbeat
-- A row that its own unit of work has locked needs no longer lease: nobody else can take it.
with mine as (
  select o.id, o.attempts from outbox o
  join unnest($1::bigint[], $2::integer[]) as j (id, attempts) on j.id = o.id and j.attempts = o.attempts
  where o.lease_owner = $3::text and o.done_at is null and o.dead_at is null
), held as (
  select o.id from outbox o where o.id in (select id from mine) for update of o skip locked
), beat as (
  update outbox o set lease_until = clock_timestamp() + $4::interval from held where o.id = held.id
)
select id, attempts from mine

-- name: finish
update outbox set done_at = clock_timestamp(), lease_owner = null, lease_until = null, error = null
where id = $1::bigint and attempts = $2::integer and done_at is null and dead_at is null

-- name: postpone
-- $5: 1 when the run is to cost no attempt, or 0.
update outbox set run_at = clock_timestamp() + $3::interval, lease_owner = null, lease_until = null,
  error = coalesce($4::text, error), spared = spared + $5::integer
where id = $1::bigint and attempts = $2::integer and done_at is null and dead_at is null

-- name: bury
update outbox set dead_at = clock_timestamp(), lease_owner = null, lease_until = null, error = $3::text
where id = $1::bigint and attempts = $2::integer and done_at is null and dead_at is null

-- name: retry_dead
update outbox set dead_at = null, attempts = 0, spared = 0, run_at = clock_timestamp()
where id = $1::bigint and dead_at is not null and done_at is null
returning id

-- name: state
select count(*) filter (where dead_at is null) as waiting,
  count(*) filter (where dead_at is not null) as dead,
  coalesce(extract(epoch from now() - min(run_at) filter (where dead_at is null and run_at <= now())), 0)::float8 as oldest_s
from outbox where done_at is null

-- name: forget_done
delete from outbox where done_at < now() - $1::interval

-- name: forget_answers
delete from idempotency where created_at < now() - $1::interval
