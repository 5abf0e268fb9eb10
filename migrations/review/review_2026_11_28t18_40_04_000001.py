from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from jiebang.platform.db.migrate import sql_file

ID = "2026-11-28T18:40:04:000001"
VERSION = "1.38.0"
DESCRIPTION = "one code per proposal for the whole panel, once reviews are locked"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="review", description=DESCRIPTION)
    manager.add_raw(sql_file("review", "panel_codes.sql"))
    return manager
