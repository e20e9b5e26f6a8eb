"""Pages about errors, and what they show. Thin: each reads or asks a module of `errors`."""
