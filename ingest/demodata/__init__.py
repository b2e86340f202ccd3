"""The demo's invented world: what is talked of (epidemiology), what happens (scenario), how it is said (phrases), and when (world)."""
