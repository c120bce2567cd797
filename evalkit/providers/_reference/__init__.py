"""A small offline encoder of texts and pictures: a test double, and honest about it.

It recognises everyday kinds, colours and patterns that it saw in a generated world. Each modality
has one file of features and one linear map, fitted in closed form; all share the last step.
"""
