"""A warehouse of any size, made of synthetic posts: to measure with, never to look into for facts. See `jobs.bench.fill`."""
