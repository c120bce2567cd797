"""Embed, measure, estimate, gate: one file for each stage."""
