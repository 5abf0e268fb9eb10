"""Topics over HTTP: catalogue and desk (`topics`), oversight and supervision (`oversight`)."""

from jiebang.challenges.http.oversight import Checkpoints, Oversight, Supervision
from jiebang.challenges.http.topics import Catalogue, Desk

CONTROLLERS = [Catalogue, Desk, Oversight, Supervision, Checkpoints]
