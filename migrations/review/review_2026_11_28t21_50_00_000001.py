from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from jiebang.platform.db.migrate import sql_file

ID = "2026-11-28T21:50:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "where a reviewer works is asked once"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="review", description=DESCRIPTION)
    manager.add_raw(sql_file("review", "released.sql"))
    return manager
