"""Human judgements of what models returned: who judged what, how far they agree, what follows."""
