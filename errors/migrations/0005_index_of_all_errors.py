"""The list of errors of whatever status reads an index range."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("errors", "0004_fill_error_days")]

    operations = [
        migrations.AddIndex(
            model_name="syncerror",
            index=models.Index(
                models.F("connection"),
                models.OrderBy(models.F("opened_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="errors_syncerror_all_list",
            ),
        ),
        migrations.AddIndex(
            model_name="syncerror",
            index=models.Index(
                models.F("connection"),
                models.F("type"),
                models.OrderBy(models.F("opened_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="errors_syncerror_all_of_type",
            ),
        ),
    ]
