"""REST calls about errors, records, views, jobs and history. Thin: each reads or asks a module of `errors`."""
