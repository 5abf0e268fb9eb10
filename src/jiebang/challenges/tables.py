"""Taxonomy, rule sets, calendars, topics."""

from piccolo.table import Table

from jiebang.platform.db.columns import big, instant, json, key, number, ref, text, texts, version


class TaxonomyNode(Table, tablename="taxonomy_node"):
    """A field, track or direction of one taxonomy version. Facts as printed in the policy."""

    id = key()
    taxonomy = text()
    kind = text()
    code = text()
    parent_code = text(null=True)
    position = number()
    zh = text()
    en = text()
    flags = texts()
    source = text()


class RuleSetVersion(Table, tablename="rule_set"):
    """One immutable version of a rule set."""

    id = key()
    code = text()
    version = number()
    body = json()
    sha256 = text()
    created_at = instant()


class WorkingCalendar(Table, tablename="working_calendar"):
    """A year's statutory holidays and make-up workdays (调休) as the State Council announced them."""

    year = number()
    id = key()
    body = json()
    source = text()
    loaded_at = instant()


class Topic(Table, tablename="topic"):
    """A challenge topic 榜题 as its agency works on it. The public reads `public_topic`."""

    id = key()
    code = text()
    agency_id = ref()
    funder_id = ref()
    end_user_id = ref()
    status = text()
    version = version()
    drafter_id = ref()
    legal_reviewer_id = ref(null=True)
    approver_id = ref(null=True)
    rule_set_id = ref()
    body = json()
    closes_at = instant(null=True)
    published_at = instant(null=True)
    return_reason = text(null=True)
    opening_first_id = ref(null=True)
    opened_by = ref(null=True)
    opened_at = instant(null=True)
    frozen_at = instant(null=True)
    freeze_reason = text(null=True)
    created_at = instant()
    updated_at = instant()


class TopicVersion(Table, tablename="topic_version"):
    """A published text with its rules, frozen."""

    id = key()
    topic_id = ref()
    agency_id = ref()
    n = number()
    body = json()
    rules = json()
    closes_at = instant()
    sha256 = text()
    published_at = instant()
    published_by = ref()


class TopicRole(Table, tablename="topic_role"):
    """What an officer does for one topic."""

    id = key()
    topic_id = ref()
    agency_id = ref()
    person_id = ref()
    person_name = text()
    role = text()
    granted_by = ref()
    granted_at = instant()


class PublicTopic(Table, tablename="public_topic"):
    """What everybody may read of a published topic: a projection.

    `field_code` and `track_code` are the primary ones, `fields` and `tracks` all of them; `terms` is the search index.
    `card` is the public list's JSON of it without the opening brace and the state, which goes by the clock; a trigger
    writes it.
    """

    topic_id = ref(primary_key=True)
    code = text()
    n = number()
    status = text()
    field_code = text()
    track_code = text()
    tracks = texts()
    fields = texts()
    agency_id = ref()
    agency_zh = text()
    agency_en = text()
    title_zh = text()
    title_en = text()
    purse_minor = big()
    currency = text()
    body = json()
    rules = json()
    sha256 = text()
    published_at = instant()
    closes_at = instant()
    terms = texts()
    card = text()


class TopicBar(Table, tablename="topic_bar"):
    """A person who is kept out of a topic, on every desk: by his own conflict, or by an incident."""

    id = key()
    topic_id = ref()
    agency_id = ref()
    person_id = ref()
    ground = text()
    reason = text()
    barred_by = ref()
    barred_at = instant()
    lifted_by = ref(null=True)
    lifted_at = instant(null=True)
