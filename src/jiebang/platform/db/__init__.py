"""PostgreSQL: one Piccolo engine, one login role and pool per privilege class, no query outside a unit of work."""

from jiebang.platform.db.engine import ENGINE, NoUnitOfWork, RoutedEngine, Uncommitted
from jiebang.platform.db.queries import Queries
from jiebang.platform.db.roles import API_ROLES, Role
from jiebang.platform.db.use_case import RECORDER, Recorder, use_case

__all__ = [
    "API_ROLES",
    "ENGINE",
    "RECORDER",
    "NoUnitOfWork",
    "Queries",
    "Recorder",
    "Role",
    "RoutedEngine",
    "Uncommitted",
    "use_case",
]
