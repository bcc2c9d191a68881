"""The shapes of the project, and SHACL validation (https://www.w3.org/TR/shacl/)."""
