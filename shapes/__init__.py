"""The shapes that data must conform to, and the code that validates data against shapes."""
