"""Plumbing: the outbox, the audit log, idempotency."""

from piccolo.columns import BigSerial
from piccolo.table import Table

from jiebang.platform.db.columns import big, counter, flag, instant, json, key, number, raw, ref, text, texts


class Outbox(Table, tablename="outbox"):
    """A job, written in the transaction that wants it. Done when `done_at`, given up when `dead_at`.

    `attempts` counts its runs and names the next ticket; `spared` those that say nothing about the job.
    """

    id = BigSerial(primary_key=True)
    kind = text()
    payload = json()
    fairness_key = text()
    created_at = instant()
    run_at = instant()
    attempts = number()
    spared = counter()
    lease_until = instant(null=True)
    lease_owner = text(null=True)
    done_at = instant(null=True)
    dead_at = instant(null=True)
    error = text(null=True)
    request_id = text(null=True)


class JobKind(Table, tablename="job_kind"):
    """A kind of job and the logins, besides the worker, that may ask for it."""

    kind = text(primary_key=True)
    logins = texts()


class AccessRight(Table, tablename="access_right"):
    """A right as `jiebang.kernel.policy` declares it: what the policies and functions of the database ask."""

    code = text(primary_key=True)
    place = text()
    roles = texts()
    kinds = texts()


class AuditAction(Table, tablename="audit_action"):
    """An action and the logins that may say that it happened; `sensitive` ones read what not everybody may."""

    action = text(primary_key=True)
    logins = texts()
    sensitive = flag()


class AuditEntry(Table, tablename="audit_entry"):
    """Who did what, when, why; inserted in the act's own transaction, never changed."""

    id = BigSerial(primary_key=True)
    at = instant()
    actor_id = ref(null=True)
    role_name = text()
    org_id = ref(null=True)
    action = text()
    object_kind = text()
    object_id = ref(null=True)
    topic_id = ref(null=True)
    detail = json()
    request_id = text(null=True)


class AuditPending(Table, tablename="audit_pending"):
    """Entries that wait to be chained."""

    entry_id = big()


class AuditLink(Table, tablename="audit_link"):
    """The hash chain over the entries, in commit order: hash = SHA-256(previous hash, digest of the entry)."""

    seq = BigSerial(primary_key=True)
    entry_id = big()
    prev_hash = raw()
    digest = raw()
    hash = raw()


class AuditCheckpoint(Table, tablename="audit_checkpoint"):
    """A signed head of the chain, one a day, for everybody to keep."""

    id = key()
    seq = big()
    hash = raw()
    at = instant()
    signature = raw()
    public_key = raw()


class Idempotency(Table, tablename="idempotency"):
    """The stored answer to a command that a client may repeat."""

    id = BigSerial(primary_key=True)
    person_id = ref()
    operation = text()
    key = text()
    fingerprint = raw()
    created_at = instant()
    status = number(null=True)
    headers = json(null=True)
    body = raw(null=True)
