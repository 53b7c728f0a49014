"""Words: the glossary and, later, catalogues of other languages."""
