from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from jiebang.platform.db.migrate import sql_file

ID = "2026-11-28T22:55:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "who is kept out of which topics is asked once a read"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="challenges", description=DESCRIPTION)
    manager.add_raw(sql_file("challenges", "barred.sql"))
    return manager
