"""The layer before Flask: limits, the response cache, and the fast path for quick queries."""
