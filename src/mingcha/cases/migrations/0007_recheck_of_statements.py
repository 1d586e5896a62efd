import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("cases", "0006_avoidance_decided_by"),
    ]

    operations = [
        migrations.AddField(
            model_name="statementanswer",
            name="officer",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.officer"
            ),
        ),
        migrations.AlterField(
            model_name="duty",
            name="duty",
            field=models.CharField(
                choices=[
                    ("handler", "承办"),
                    ("reviewer", "法制审核"),
                    ("hearing_host", "听证主持"),
                    ("decider", "决定"),
                    ("rechecker", "申辩复核"),
                ],
                max_length=20,
            ),
        ),
    ]
