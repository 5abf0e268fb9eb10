"""Piccolo's view of this slice: its tables and where its migrations lie."""

from importlib.resources import files

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="applications",
    migrations_folder_path=str(files("jiebang.migrations") / "applications"),
    table_classes=table_finder(["jiebang.applications.tables"], exclude_imported=True),
    migration_dependencies=["jiebang.challenges.piccolo_app"],
)
