"""The demo season: a fictional competition as plain data, and the player that drives it over HTTP."""
