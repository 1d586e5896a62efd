from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="rolegrant",
            name="role",
            field=models.CharField(
                choices=[
                    ("admin", "系统管理员"),
                    ("handler", "执法人员"),
                    ("unit_head", "承办机构负责人"),
                    ("reviewer", "法制审核人员"),
                    ("head", "机关负责人"),
                    ("chief", "主持工作的负责人"),
                    ("clerk", "公示员"),
                    ("archivist", "档案员"),
                    ("supervisor", "监督人员"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="rolegrant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("role", "chief"), ("until", None)),
                fields=("organisation",),
                name="role_one_chief",
            ),
        ),
    ]
