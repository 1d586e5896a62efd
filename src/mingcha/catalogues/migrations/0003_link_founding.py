from django.db import migrations


def link_founding(apps, schema_editor):
    """Editions of the founding act know it from now on."""
    edition = apps.get_model("catalogues", "Edition")
    act = apps.get_model("catalogues", "FoundingAct")
    for row in act.objects.all():
        edition.objects.filter(organisation_id=row.organisation_id, number=1, founding=None).update(founding=row)


class Migration(migrations.Migration):
    # Of its own: PostgreSQL alters no table that has rows changed in the same transaction.
    dependencies = [
        ("catalogues", "0002_drafts_reviews_withdrawals"),
    ]

    operations = [
        migrations.RunPython(link_founding, migrations.RunPython.noop),
    ]
