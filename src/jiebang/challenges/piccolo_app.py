"""Piccolo's view of this slice: its tables and where its migrations lie."""

from importlib.resources import files

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="challenges",
    migrations_folder_path=str(files("jiebang.migrations") / "challenges"),
    table_classes=table_finder(["jiebang.challenges.tables"], exclude_imported=True),
    migration_dependencies=["jiebang.identity.piccolo_app"],
)
