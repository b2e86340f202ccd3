"""Detectors of the field: one file a family, one protocol (see base.py)."""
