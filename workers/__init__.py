"""arq workers: relay, handlers, schedule."""
