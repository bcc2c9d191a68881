"""The gate: what SHACL targets cannot see in contributed data, such as misspelt terms and things of others."""
