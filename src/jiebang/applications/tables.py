"""Teams, applications, submissions, materials.

`opened_at` is null until the topic's opening: sealed to all but the team.
"""

from piccolo.table import Table

from jiebang.platform.db.columns import big, flag, instant, json, key, number, raw, ref, text, version


class Team(Table, tablename="team"):
    """A team 联合体 that takes up one topic."""

    id = key()
    topic_id = ref()
    agency_id = ref()
    name = text()
    lead_person_id = ref()
    lead_org_id = ref()
    version = version()
    created_at = instant()
    opened_at = instant(null=True)


class TeamOrg(Table, tablename="team_org"):
    """A unit of the team with its shares of the work and of the money in basis points."""

    id = key()
    team_id = ref()
    topic_id = ref()
    agency_id = ref()
    org_id = ref()
    role = text()
    name_zh = text()
    name_en = text()
    work_bp = number()
    share_bp = number()
    confirmed_by = ref(null=True)
    confirmed_at = instant(null=True)
    opened_at = instant(null=True)


class TeamMember(Table, tablename="team_member"):
    """A person of the team."""

    id = key()
    team_id = ref()
    topic_id = ref()
    agency_id = ref()
    org_id = ref()
    person_id = ref()
    person_name = text()
    role = text()
    joined_at = instant()
    opened_at = instant(null=True)


class TeamInvitation(Table, tablename="team_invitation"):
    """An invitation by e-mail for a partner unit; the token is derived from the id, only its hash is stored."""

    id = key()
    team_id = ref()
    topic_id = ref()
    agency_id = ref()
    email = text()
    org_id = ref()
    token_hash = raw()
    invited_by = ref()
    created_at = instant()
    expires_at = instant()
    used_at = instant(null=True)


class Application(Table, tablename="application"):
    """A take-up application 揭榜申请书: what the team works on."""

    id = key()
    team_id = ref()
    topic_id = ref()
    agency_id = ref()
    status = text()
    version = version()
    answers = json()
    submission_id = ref(null=True)
    ineligible_reason = json(null=True)
    created_at = instant()
    updated_at = instant()
    opened_at = instant(null=True)


class Submission(Table, tablename="submission"):
    """One atomic act of submitting: team, answers and files frozen, with its receipt. The last before close counts."""

    id = key()
    application_id = ref()
    team_id = ref()
    topic_id = ref()
    agency_id = ref()
    n = number()
    receipt_no = text()
    submitted_by = ref()
    submitted_at = instant()
    team = json()
    answers = json()
    manifest = json()
    sha256 = text()
    current = flag()
    opened_at = instant(null=True)


class Material(Table, tablename="material"):
    """A file of the team. It belongs to nobody until a worker has checked it."""

    id = key()
    team_id = ref()
    topic_id = ref()
    agency_id = ref()
    application_id = ref(null=True)
    milestone_id = ref(null=True)
    part = text()
    filename = text()
    content_type = text()
    size_bytes = big()
    sha256 = text()
    quarantine_key = text()
    object_key = text(null=True)
    status = text()
    refusal = json(null=True)
    pages = number(null=True)
    created_by = ref()
    created_at = instant()
    checked_at = instant(null=True)
    opened_at = instant(null=True)
