"""What people see of an error, by meaning: columns, one sentence, records, rights, demands, options, links.

`errors.presenters` is the door; nothing else is imported from outside of `errors`.
"""
