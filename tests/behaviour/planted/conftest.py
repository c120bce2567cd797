"""The suites here are for the tests that name them: `pytest tests` does not run them."""

collect_ignore_glob = ["*.yaml"]
