"""Expert pool, draws, assignments, blind projections, reviews, scores."""

from piccolo.table import Table

from jiebang.platform.db.columns import day, instant, json, key, number, raw, ref, text, texts, version


class Expert(Table, tablename="expert"):
    """A member of an agency's expert pool 专家库."""

    id = key()
    person_id = ref()
    person_name = text()
    agency_id = ref()
    org_id = ref()
    org_name = text()
    kind = text()
    tracks = texts()
    status = text()
    version = version()
    verified_by = ref(null=True)
    created_at = instant()


class ExpertDraw(Table, tablename="expert_draw"):
    """A numbered random draw: the seed's commitment first, then the frozen roster, then the ranking."""

    id = key()
    topic_id = ref()
    agency_id = ref()
    n = number()
    status = text()
    commitment = text()
    inputs = json(null=True)
    output = json(null=True)
    reason = text(null=True)
    created_by = ref()
    created_at = instant()
    drawn_at = instant(null=True)


class DrawSeed(Table, tablename="draw_seed"):
    """A committed seed; nobody reads it before the draw but the worker."""

    draw_id = ref(primary_key=True)
    agency_id = ref()
    seed = raw()


class ReviewAssignment(Table, tablename="review_assignment"):
    """An expert's place on a topic's panel, with the number of proposals to judge and what was declared.

    `answer_by` and `due_on` are last days, counted from the offer.
    """

    id = key()
    topic_id = ref()
    agency_id = ref()
    draw_id = ref()
    reviewer_id = ref()
    expert_id = ref()
    kind = text()
    rank = number()
    status = text()
    version = version()
    decline_reason = text(null=True)
    declaration = json(null=True)
    proposals = number()
    offered_on = day()
    answer_by = day()
    due_on = day()
    answered_at = instant(null=True)


class BlindCopy(Table, tablename="blind_copy"):
    """Whose proposal a reviewer's `review_application` is. Never readable by the reviewer login."""

    id = key()
    application_id = ref()
    submission_id = ref()
    topic_id = ref()
    agency_id = ref()
    assignment_id = ref()
    review_application_id = ref()
    status = text()
    created_at = instant()
    released_at = instant(null=True)


class ReviewApplication(Table, tablename="review_application"):
    """A proposal as one reviewer sees it: alias, blind answers, blind file."""

    id = key()
    assignment_id = ref()
    reviewer_id = ref()
    topic_id = ref()
    agency_id = ref()
    alias = text()
    answers = json()
    file_key = text()
    file_sha256 = text()
    file_pages = number()
    released_on = day()


class Review(Table, tablename="review"):
    """A reviewer's scores and comments on one proposal."""

    id = key()
    review_application_id = ref()
    assignment_id = ref()
    reviewer_id = ref()
    topic_id = ref()
    agency_id = ref()
    status = text()
    version = version()
    scores = json()
    comments = json()
    updated_at = instant()
    submitted_at = instant(null=True)


class ScoreRun(Table, tablename="score_run"):
    """An immutable aggregation: inputs, rule, output, digest."""

    id = key()
    topic_id = ref()
    agency_id = ref()
    n = number()
    inputs = json()
    output = json()
    sha256 = text()
    computed_by = ref()
    computed_at = instant()
