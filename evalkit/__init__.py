"""evalkit: is this embedding model, at this vector size, good enough and fair enough for my use?"""

__version__ = "0.1.0"
