"""The law as rules: ``CONSTRUCT`` queries (``*.rq``) and the code that evaluates them."""
