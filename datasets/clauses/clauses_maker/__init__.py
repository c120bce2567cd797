"""Sets every clause of the clauses data set in every page template, as a PDF of one page."""
