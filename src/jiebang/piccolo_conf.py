"""Piccolo's configuration: the engine and the slices' tables with their migrations."""

from piccolo.conf.apps import AppRegistry

from jiebang.platform.db import ENGINE

DB = ENGINE

APP_REGISTRY = AppRegistry(
    apps=[
        "jiebang.platform.piccolo_app",
        "jiebang.identity.piccolo_app",
        "jiebang.challenges.piccolo_app",
        "jiebang.applications.piccolo_app",
        "jiebang.review.piccolo_app",
        "jiebang.awards.piccolo_app",
        "jiebang.funding.piccolo_app",
    ]
)
