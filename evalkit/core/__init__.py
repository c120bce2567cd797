"""The vocabulary of evalkit: items, arrays, results, protocols, plan, registry, errors."""
