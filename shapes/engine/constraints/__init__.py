"""The core constraint components (https://www.w3.org/TR/shacl/#core-components), a module for each section.

Each function is named after a parameter, takes its values from the shapes graph and returns a check. It raises
``NotCompiled`` for values that pySHACL might refuse.
"""
