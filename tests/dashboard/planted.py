"""A suite over a data set in which a test plants what a page must show."""

PLANTED = """\
suite: planted
models:
  - reference: {provider: reference, dimensions: [256]}
cases:
  - name: find
    data: data
    metrics: [recall@1]
gates:
  - {case: find, metric: recall@1, at: 256, at_least: 0.001}
"""
