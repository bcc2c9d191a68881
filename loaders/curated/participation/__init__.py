"""The curated tables on participation: participants, actions, statements, territories, figures."""
