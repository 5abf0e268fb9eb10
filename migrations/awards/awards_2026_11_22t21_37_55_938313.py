from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from jiebang.platform.db.migrate import sql_file

ID = "2026-11-22T21:37:55.938313"
VERSION = "1.38.0"
DESCRIPTION = "constraints, row-level security, rights, functions"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="awards", description=DESCRIPTION)
    manager.add_raw(sql_file("awards"))
    return manager
