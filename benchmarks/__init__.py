"""Measures of speed, as ratios; `make bench` runs them all."""
