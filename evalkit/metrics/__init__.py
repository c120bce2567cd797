"""Metrics, one file for each idea."""
