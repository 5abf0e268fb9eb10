"""Award lists, public notices, contracts and pledges."""

from piccolo.table import Table

from jiebang.platform.db.columns import big, instant, json, key, number, ref, text, version


class AwardList(Table, tablename="award_list"):
    """A proposed and decided award list 拟立项名单."""

    id = key()
    topic_id = ref()
    agency_id = ref()
    score_run_id = ref()
    n = number()
    status = text()
    version = version()
    entries = json()
    proposed_by = ref()
    proposed_at = instant()
    decided_by = ref(null=True)
    decided_at = instant(null=True)
    confirmed_by = ref(null=True)
    confirmed_at = instant(null=True)


class PublicNotice(Table, tablename="public_notice"):
    """A public notice 公示: runs from `starts_at` to `ends_at`, both stored when announced."""

    id = key()
    topic_id = ref()
    agency_id = ref()
    award_list_id = ref()
    code = text()
    title_zh = text()
    title_en = text()
    body = json()
    starts_at = instant()
    ends_at = instant()
    published_at = instant()


class Contract(Table, tablename="contract"):
    """A task contract 任务书 with its pledge 军令状: one frozen text, signed by all parties."""

    id = key()
    number = text()
    topic_id = ref()
    agency_id = ref()
    funder_id = ref()
    end_user_id = ref()
    application_id = ref()
    team_id = ref()
    award_list_id = ref()
    status = text()
    version = version()
    body = json()
    sha256 = text()
    pledge = json()
    pledge_sha256 = text()
    amount_minor = big()
    currency = text()
    created_by = ref()
    created_at = instant()
    effective_at = instant(null=True)


class Signature(Table, tablename="signature"):
    """A party's acceptance of a contract or pledge text, by its digest; `statement` is what it declared (zh, en)."""

    id = key()
    contract_id = ref()
    agency_id = ref()
    funder_id = ref()
    team_id = ref()
    document = text()
    party = text()
    org_id = ref()
    person_id = ref()
    person_name = text()
    sha256 = text()
    statement = json()
    signed_at = instant()
    order = number()
