"""Indexes for the search in affected records, on PostgreSQL alone. docs/decisions/0012 has why and what they cost.

They are in no model's Meta: SQLite has nothing of their kind, and Django no operation for statistics.
"""

from django.core.management import CommandError
from django.db import DatabaseError, migrations, transaction

_WITHOUT_THE_EXTENSION = (
    "The search needs PostgreSQL's extension pg_trgm, and this database's user could not create it: {reason}. "
    "It comes with PostgreSQL (the package postgresql-contrib, where that is one of its own). "
    "Let a superuser run CREATE EXTENSION pg_trgm; in this database, then migrate again."
)

# Each expression as Django writes icontains and istartswith, or PostgreSQL would not see that they are the same.
# Of open records only: a success does not touch the indexes, and they do not grow with what is resolved.
_ADD = """
CREATE INDEX errors_affectedrecord_texts ON errors_affectedrecord USING gin
    (UPPER(label) gin_trgm_ops, UPPER(email) gin_trgm_ops, UPPER(message) gin_trgm_ops) WHERE state = 'open';
CREATE INDEX errors_affectedrecord_hubspot_id ON errors_affectedrecord (hubspot_id) WHERE state = 'open';
CREATE INDEX errors_affectedrecord_salesforce_id ON errors_affectedrecord
    (UPPER(salesforce_id) text_pattern_ops) WHERE state = 'open';
-- PostgreSQL does not use the statistics of a partial index. Without these it takes every word for a rare one,
-- and collects a million records of a frequent one where fifty fill the page.
CREATE STATISTICS errors_affectedrecord_stat_label ON (UPPER(label)) FROM errors_affectedrecord;
CREATE STATISTICS errors_affectedrecord_stat_email ON (UPPER(email)) FROM errors_affectedrecord;
CREATE STATISTICS errors_affectedrecord_stat_message ON (UPPER(message)) FROM errors_affectedrecord;
CREATE STATISTICS errors_affectedrecord_stat_salesforce_id ON (UPPER(salesforce_id)) FROM errors_affectedrecord;
ANALYZE errors_affectedrecord;
"""
_DROP = """
DROP STATISTICS errors_affectedrecord_stat_label, errors_affectedrecord_stat_email,
    errors_affectedrecord_stat_message, errors_affectedrecord_stat_salesforce_id;
DROP INDEX errors_affectedrecord_texts, errors_affectedrecord_hubspot_id, errors_affectedrecord_salesforce_id;
"""


def add(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError as error:
        raise CommandError(_WITHOUT_THE_EXTENSION.format(reason=str(error).strip())) from error
    schema_editor.execute(_ADD)


def drop(apps, schema_editor):
    """The extension stays: it may be used by others by now."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_DROP)


class Migration(migrations.Migration):
    dependencies = [
        ("errors", "0005_index_of_all_errors"),
    ]

    operations = [
        migrations.RunPython(add, drop),
    ]
