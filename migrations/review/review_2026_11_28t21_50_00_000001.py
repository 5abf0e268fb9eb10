from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from jiebang.platform.db.migrate import sql_file

ID = "2026-11-28T21:50:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "a reviewer's proposals are those of his places"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="review", description=DESCRIPTION)
    manager.add_raw(sql_file("review", "places.sql"))
    return manager
