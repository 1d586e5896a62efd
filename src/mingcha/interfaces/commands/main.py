"""The operator's command line (运维命令行). Django starts only for the command that is called, so `--help` is quick."""

from __future__ import annotations

import importlib
import os
import sys

import click

from mingcha.common.errors import MingchaError
from mingcha.common.memory import loading

# name → (module, attribute, one line for the list of commands). Modules are imported when a command is called.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "setup": ("mingcha.interfaces.commands.setting_up", "setup", "建立或者升级数据库，可同时装入演示区县。"),
    "migrate": ("mingcha.interfaces.commands.setting_up", "migrate", "升级数据库结构并重建全部保护触发器。"),
    "serve": ("mingcha.interfaces.commands.serving", "serve", "启动服务和后台进程，打印访问地址。"),
    "portal": ("mingcha.interfaces.feeding.commands", "portal", "公众门户：自己的进程和数据库。"),
    "feed": ("mingcha.interfaces.feeding.commands", "feed", "向门户推送：公钥、情况、重新推送。"),
    "worker": ("mingcha.interfaces.commands.working", "worker", "后台进程：账本定序、制作文书PDF。"),
    "demo": ("mingcha.interfaces.commands.demonstration", "demo", "演示区县明水区：装入案件、列出账号。"),
    "journey": ("mingcha.interfaces.commands.travelling", "journey", "在空的临时数据库上走完一个案件并离线验证。"),
    "token": ("mingcha.interfaces.commands.tokens", "token", "开通接口令牌。"),
    "verify": ("mingcha.ledger.commands", "verify", "离线验证证明包。"),
    "ledger": ("mingcha.ledger.commands", "ledger", "账本：核验、定序、公钥。"),
    "deadline": ("mingcha.deadlines.commands", "deadline", "期限规则的最后一日和逐日说明。"),
    "workdays": ("mingcha.deadlines.commands", "workdays", "某日之后第若干个工作日。"),
    "import": ("mingcha.interfaces.commands.importing", "import_group", "导入法律全文、历史决定、清单。"),
    "ingest": ("mingcha.interfaces.commands.ingesting", "ingest", "音像入库：文件夹、存储卡、采集站。"),
    "procedure": ("mingcha.procedures.commands", "procedure", "程序：核验、流程图、导出BPMN。"),
    "extract": ("mingcha.precedents.commands", "extract", "从决定书文本提取字段。"),
    "redact": ("mingcha.redaction.commands", "command", "隐去文本中的个人信息。"),
    "documents": ("mingcha.documents.checking.commands", "documents", "文书：检查写好的决定书。"),
    "signatures": ("mingcha.documents.commands", "signatures", "电子签名：核验PDF、演示证书。"),
    "witness": ("mingcha.ledger.cosigning.commands", "witness", "见证：密钥、见证服务、共签情况。"),
    "archive": ("mingcha.archives.commands", "archive", "案卷：封存、导出、核验、四性检测、移交。"),
    "scan": ("mingcha.archives.scanning.commands", "scan", "把文件夹里的纸质扫描件入库。"),
    "search": ("mingcha.disclosure.searching.commands", "search", "公示检索索引：重建、情况。"),
    "bench": ("mingcha.interfaces.bench.commands", "bench", "测量：办案流程、账本、期限、程序。"),
}

# Commands that touch no database: Django need not start for them.
PURE = frozenset({"redact"})
# The portal's zone has settings of its own, which reach nothing of the inner zone.
SETTINGS = {"portal": "mingcha.project.settings_portal"}


class Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        with loading():
            if cmd_name not in PURE:
                import django

                if cmd_name in SETTINGS:
                    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS[cmd_name]
                django.setup()
            found: click.Command = getattr(importlib.import_module(module), attribute)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("命令"):
            formatter.write_dl([(name, COMMANDS[name][2]) for name in COMMANDS])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            raise click.UsageError(f"没有“{name}”这个命令。mingcha --help 列出全部命令。", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mingcha", prog_name="mingcha")
def cli() -> None:
    """明察：行政执法开放平台。数据目录由环境变量 MINGCHA_DATA 指定。"""


def main() -> None:
    """Run the command line; errors of the domain become one Chinese line and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mingcha.project.settings")
    try:
        cli(prog_name="mingcha")
    except MingchaError as error:
        click.echo(f"错误：{error.message}（{error.code}）", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
