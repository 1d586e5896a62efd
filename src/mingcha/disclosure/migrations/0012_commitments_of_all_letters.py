from django.db import migrations


def note_older(apps, schema_editor):
    """Letters of other acts issued before they were committed have no commitment, and say so."""
    letters = apps.get_model("disclosure", "Publication").objects.filter(letter__isnull=False)
    corrections = apps.get_model("documents", "Correction").objects
    older, found = set(), set(letters.values_list("letter_id", flat=True).iterator())
    while found:
        older |= found
        found = set(corrections.filter(original_id__in=found).values_list("successor_id", flat=True)) - older
    uncommitted = apps.get_model("disclosure", "Uncommitted")
    uncommitted.objects.bulk_create([uncommitted(document_id=key) for key in older], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("disclosure", "0011_figures_sent"),
        ("documents", "0008_paper_signatures_circles"),
    ]

    operations = [
        migrations.RemoveField(model_name="commitment", name="decision"),
        migrations.RunPython(note_older, migrations.RunPython.noop),
    ]
