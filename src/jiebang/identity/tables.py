"""People, organisations and what they may do."""

from piccolo.table import Table

from jiebang.platform.db.columns import instant, key, number, raw, ref, text


class Person(Table, tablename="person"):
    """A person with an account. `email` is stored in lower case."""

    id = key()
    email = text()
    display_name = text()
    locale = text()
    verified_at = instant(null=True)
    created_at = instant()


class Credential(Table, tablename="credential"):
    """The argon2id digest of a password, with its failures; only the sign-in functions read it."""

    person_id = ref(primary_key=True)
    salt = raw()
    digest = raw()
    failures = number()
    locked_until = instant(null=True)


class Session(Table, tablename="session"):
    """One row per session and privilege class that its person holds; acts for one organisation at a time."""

    id = key()
    token_hash = raw()
    role_name = text()
    person_id = ref()
    org_id = ref(null=True)
    created_at = instant()
    expires_at = instant()


class Verification(Table, tablename="verification"):
    """A single-use e-mail proof. The token itself is derived from the id and the server's secret, never stored."""

    id = key()
    person_id = ref()
    purpose = text()
    token_hash = raw()
    created_at = instant()
    expires_at = instant()
    used_at = instant(null=True)


class PersonLogin(Table, tablename="person_login"):
    """A privilege class beyond member that a person holds of himself (reviewer)."""

    id = key()
    person_id = ref()
    role_name = text()


class Organisation(Table, tablename="organisation"):
    """A legal entity: by 统一社会信用代码 (GB 32100) or by a foreign registry's id."""

    id = key()
    kind = text()
    country = text()
    uscc = text(null=True)
    registry = text(null=True)
    registry_id = text(null=True)
    name_zh = text()
    name_en = text()
    created_by = ref(null=True)
    created_at = instant()


class OrgRole(Table, tablename="org_role"):
    """What a person may do for an organisation."""

    id = key()
    person_id = ref()
    person_name = text()
    org_id = ref()
    role = text()
    granted_by = ref(null=True)
    granted_at = instant()


class OrgInvitation(Table, tablename="org_invitation"):
    """An invitation by e-mail to a role in an organisation; the token is derived from the id, its hash stored."""

    id = key()
    org_id = ref()
    email = text()
    role = text()
    token_hash = raw()
    invited_by = ref(null=True)
    created_at = instant()
    expires_at = instant()
    used_at = instant(null=True)


class OrgGrant(Table, tablename="org_grant"):
    """An agency lets another organisation's people of a role act for it in that role, for a while."""

    id = key()
    agency_id = ref()
    grantee_id = ref()
    role = text()
    reason = text()
    granted_by = ref()
    granted_at = instant()
    expires_at = instant()
    revoked_by = ref(null=True)
    revoked_at = instant(null=True)
