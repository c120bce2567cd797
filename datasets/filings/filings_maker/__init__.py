"""Writes the documents of the filings data set, and what is asked about them."""
