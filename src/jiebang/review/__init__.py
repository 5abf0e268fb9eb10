"""Expert pool, draw, blind copies, reviews, scores."""
