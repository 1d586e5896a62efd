from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0001_initial")]

    operations = [
        migrations.RemoveIndex("publicentry", "public_by_date"),
        migrations.AddField("publicentry", "listed_on", models.DateField(null=True)),
        migrations.RunSQL(
            "UPDATE disclosure_publicentry SET listed_on = decided_on",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField("publicentry", "listed_on", models.DateField()),
        migrations.AlterField("publicentry", "decided_on", models.DateField(null=True)),
        migrations.AddIndex("publicentry", models.Index(fields=["-listed_on", "-id"], name="public_by_date")),
    ]
