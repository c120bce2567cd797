"""Retrievers: exact search at all vector sizes in one pass, and what is measured against it."""
