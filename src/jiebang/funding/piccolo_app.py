"""Piccolo's view of this slice: its tables and where its migrations lie."""

from importlib.resources import files

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="funding",
    migrations_folder_path=str(files("jiebang.migrations") / "funding"),
    table_classes=table_finder(["jiebang.funding.tables"], exclude_imported=True),
    migration_dependencies=["jiebang.awards.piccolo_app"],
)
