"""S3: files go straight between the browser and the store; the API only signs, the workers only move checked files.

Keys are opaque (`<prefix>/<uuid4>`), so that neither a URL nor a log line says whose file it is. An upload lands
under `quarantine/`, where nobody can read it, until a worker has checked it and released it under a new key.
"""

from jiebang.platform.storage.keys import Prefix, content_disposition, new_key
from jiebang.platform.storage.store import (
    CHANGED,
    LONGEST_LINK,
    TOO_LARGE,
    Fetched,
    Part,
    Storage,
    StoredObject,
    Upload,
)

__all__ = [
    "CHANGED",
    "LONGEST_LINK",
    "TOO_LARGE",
    "Fetched",
    "Part",
    "Prefix",
    "Storage",
    "StoredObject",
    "Upload",
    "content_disposition",
    "new_key",
]
