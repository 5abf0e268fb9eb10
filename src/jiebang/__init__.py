"""Jiebang 揭榜: open-challenge competitions from topic to milestone payment."""
