"""The history of what was recorded before there was one: days are counted from the events that exist."""

from dataclasses import asdict

from django.db import migrations


def fill(apps, schema_editor):
    from errors.days import count_days

    event_model = apps.get_model("errors", "ErrorEvent")
    day_model = apps.get_model("errors", "ErrorDay")
    connections = apps.get_model("integrations", "Connection").objects.using(
        schema_editor.connection.alias
    )
    for connection_id in connections.values_list("pk", flat=True):
        events = (
            event_model.objects.filter(connection_id=connection_id)
            .order_by("seq")
            .values_list("error_id", "kind", "type", "at")
            .iterator()
        )
        day_model.objects.bulk_create(
            (
                day_model(connection_id=connection_id, day=day, type=kind, **asdict(count))
                for (day, kind), count in sorted(count_days(events).items())
            ),
            batch_size=500,
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("errors", "0003_error_workplace"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
