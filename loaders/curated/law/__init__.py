"""The curated tables on law: instruments, provisions, offences, obligations, terminology."""
