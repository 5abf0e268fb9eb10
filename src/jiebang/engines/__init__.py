"""The embedded engines (PostgreSQL, Valkey, SeaweedFS) and the supervisor that owns them."""

from jiebang.engines.datadir import default_data_dir
from jiebang.engines.diagnosis import doctor
from jiebang.engines.errors import EngineError
from jiebang.engines.local import Endpoints, LocalEngines
from jiebang.engines.supervisor import Child, Event, Supervisor

__all__ = [
    "Child",
    "Endpoints",
    "EngineError",
    "Event",
    "LocalEngines",
    "Supervisor",
    "default_data_dir",
    "doctor",
]
