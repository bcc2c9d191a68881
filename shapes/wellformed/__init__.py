"""Well-formedness of shapes graphs (https://www.w3.org/TR/shacl/#syntax-rules).

Every term of SHACL is known, stands where it may stand, and has values that it may have. What is not evaluated is
refused, never left out.
"""

from shapes.wellformed.check import check, mistakes

__all__ = ["check", "mistakes"]
