"""Jiebang 揭榜: open-challenge competitions from topic to milestone payment."""

import os

# Piccolo finds its configuration by this name alone.
os.environ.setdefault("PICCOLO_CONF", "jiebang.piccolo_conf")
