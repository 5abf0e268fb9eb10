"""Expert pool, draws, assignments, blind projections, reviews, scores."""

from piccolo.table import Table

from jiebang.platform.db.columns import day, instant, json, key, number, raw, ref, text, texts, version


class Expert(Table, tablename="expert"):
    """A member of an agency's expert pool 专家库.

    `directions` of the taxonomy and `publications` (texts) are what similarity is measured by; `region` is set from the
    organisation when the expert is verified: CN- and the province's two digits, else the country.
    """

    id = key()
    person_id = ref()
    person_name = text()
    agency_id = ref()
    org_id = ref()
    org_name = text()
    org_name_en = text(null=True)
    kind = text()
    tracks = texts()
    directions = texts()
    publications = texts()
    region = text()
    status = text()
    version = version()
    verified_by = ref(null=True)
    created_at = instant()


class ExpertDraw(Table, tablename="expert_draw"):
    """A numbered random draw: commitments first, then the frozen roster with its chances, then what was drawn.

    `commitment` is the platform's own. `inputs` holds what was frozen (its digest is `frozen_sha256`), `blocked` what
    kept the last attempt from freezing, in words. Commitments are taken until `commit_by`, shares until `reveal_by`;
    after those instants a draw goes on without the parties that are missing, and its record names them.
    """

    id = key()
    topic_id = ref()
    agency_id = ref()
    n = number()
    status = text()
    commitment = text()
    commit_by = instant()
    inputs = json(null=True)
    frozen_sha256 = text(null=True)
    frozen_at = instant(null=True)
    reveal_by = instant(null=True)
    blocked = json(null=True)
    output = json(null=True)
    reason = text(null=True)
    created_by = ref()
    created_at = instant()
    drawn_at = instant(null=True)


class DrawSeed(Table, tablename="draw_seed"):
    """The platform's share of a draw and the key of its salts; nobody reads them before the draw but the worker."""

    draw_id = ref(primary_key=True)
    agency_id = ref()
    seed = raw()
    salt_key = raw()


class DrawShare(Table, tablename="draw_share"):
    """A party's commitment to 32 random bytes, and the bytes once they are revealed."""

    id = key()
    draw_id = ref()
    topic_id = ref()
    agency_id = ref()
    party = text()
    person_id = ref()
    commitment = text()
    committed_at = instant()
    share = raw(null=True)
    revealed_at = instant(null=True)


class ReviewAssignment(Table, tablename="review_assignment"):
    """An expert's place on a topic's panel, with the number of proposals to judge and what was declared.

    `n` counts a topic's places in the order in which they were offered: what stands for an expert without his name.
    `answer_by` and `due_on` are last days, counted from the offer.
    """

    id = key()
    topic_id = ref()
    agency_id = ref()
    draw_id = ref()
    reviewer_id = ref()
    expert_id = ref()
    n = number()
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
    """Whose proposal a reviewer's `review_application` is. Never readable by the reviewer login.

    `held_code` names the rule by which no copy could be made, while `status` is held.
    """

    id = key()
    application_id = ref()
    submission_id = ref()
    topic_id = ref()
    agency_id = ref()
    assignment_id = ref()
    review_application_id = ref()
    status = text()
    held_code = text(null=True)
    created_at = instant()
    released_at = instant(null=True)


class ReviewApplication(Table, tablename="review_application"):
    """A proposal as one reviewer sees it: alias, blind answers and file; once he is locked, the panel's code."""

    id = key()
    assignment_id = ref()
    reviewer_id = ref()
    topic_id = ref()
    agency_id = ref()
    alias = text()
    panel_code = text(null=True)
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
