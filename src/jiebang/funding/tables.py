"""Milestones, disbursements, the double-entry ledger."""

from piccolo.table import Table

from jiebang.platform.db.columns import big, day, instant, json, key, number, ref, text, version


class Milestone(Table, tablename="milestone"):
    """A milestone 里程碑 of an effective contract with its tranche."""

    id = key()
    contract_id = ref()
    topic_id = ref()
    agency_id = ref()
    funder_id = ref()
    end_user_id = ref()
    team_id = ref()
    n = number()
    title_zh = text()
    title_en = text()
    due_on = day()
    amount_minor = big()
    currency = text()
    status = text()
    version = version()
    evidence = json(null=True)
    submitted_by = ref(null=True)
    submitted_at = instant(null=True)
    confirmed_by = ref(null=True)
    confirmed_at = instant(null=True)
    opinion = text(null=True)


class Disbursement(Table, tablename="disbursement"):
    """The payment of one milestone's tranche 经费拨付."""

    id = key()
    milestone_id = ref()
    contract_id = ref()
    agency_id = ref()
    funder_id = ref()
    team_id = ref()
    amount_minor = big()
    currency = text()
    status = text()
    version = version()
    requested_by = ref()
    requested_at = instant()
    approved_by = ref(null=True)
    approved_at = instant(null=True)
    settled_by = ref(null=True)
    settled_at = instant(null=True)
    bank_reference = text(null=True)


class LedgerEntry(Table, tablename="ledger_entry"):
    """One balanced entry of the ledger; never changed. `lines` is how many postings it has: none can be added later."""

    id = key()
    agency_id = ref()
    funder_id = ref()
    contract_id = ref()
    team_id = ref()
    kind = text()
    reference = text()
    currency = text()
    lines = number()
    posted_by = ref(null=True)
    posted_at = instant()


class LedgerPosting(Table, tablename="ledger_posting"):
    """One side of an entry: positive debits, negative credits, minor units."""

    id = key()
    entry_id = ref()
    agency_id = ref()
    funder_id = ref()
    contract_id = ref()
    team_id = ref()
    n = number()
    account = text()
    amount_minor = big()
    currency = text()
