from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from jiebang.platform.db.migrate import sql_file

ID = "2026-11-28T18:40:02:000001"
VERSION = "1.38.0"
DESCRIPTION = "agency staff neither apply nor see a topic for which they bid"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="applications", description=DESCRIPTION)
    manager.add_raw(sql_file("applications", "duties.sql"))
    return manager
