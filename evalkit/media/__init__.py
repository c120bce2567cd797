"""Bytes of each modality, made into what providers, probes and reports need."""
