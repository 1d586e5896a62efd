"""Commands of the ledger (账本命令), mounted by the operator's command line: `verify`, `ledger check|sequence|key`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from mingcha.common.errors import MingchaError
from mingcha.ledger.core import bundle, strict
from mingcha.ledger.core.bundle import Outcome, Report, Step
from mingcha.ledger.core.cosignature import WitnessKey
from mingcha.ledger.core.note import VerifierKey

_json = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")


@click.command()
@click.argument("bundle_file", metavar="BUNDLE", type=click.Path(path_type=Path))
@click.option("--key", "key_file", required=True, type=click.Path(path_type=Path), help="信任的公钥文件，每行一个")
@click.option("--witnesses", "witness_file", type=click.Path(path_type=Path), help="信任的见证公钥文件，每行一个")
@click.option("--demanded", type=click.IntRange(1, 64), help="要求几个见证共签；默认文件中的全部")
@_json
@click.pass_context
def verify(
    context: click.Context,
    bundle_file: Path,
    key_file: Path,
    witness_file: Path | None,
    demanded: int | None,
    as_json: bool,
) -> None:
    """离线验证证明包 BUNDLE。退出码：0 真实，1 被改动，2 无法读取。"""
    report = _verify(bundle_file, key_file, witness_file, demanded)
    if as_json:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
    else:
        for step in report.steps:
            click.echo(
                f"{'通过' if step.passed else '未通过'}  {step.name}：{step.says if step.passed else step.differs}"
            )
        click.echo(report.message)
    context.exit(int(report.outcome))


def _verify(bundle_file: Path, key_file: Path, witness_file: Path | None, demanded: int | None) -> Report:
    from mingcha.ledger.keys import trusted

    keys: list[VerifierKey] = []
    witnesses: list[WitnessKey] = []
    try:
        with key_file.open("rb") as handle:
            keys = trusted(handle.read(1 << 20).decode("utf-8"))
        if witness_file is not None:
            lines = [line.strip() for line in witness_file.read_text(encoding="utf-8").splitlines()]
            witnesses = [WitnessKey.parse(line) for line in lines if line and not line.startswith("#")]
            if not witnesses:
                return _unreadable("见证公钥文件中没有公钥。", "key-malformed")
        with bundle_file.open("rb") as handle:
            data = handle.read(strict.MOST_BYTES + 1)
    except OSError as error:
        return _unreadable(f"打不开文件 {error.filename}。", "file-unreadable")
    except UnicodeDecodeError:
        return _unreadable("公钥文件不是文本。", "key-malformed")
    except MingchaError as error:
        return _unreadable(error.message, error.code)
    return bundle.verify(data, keys, witnesses, demanded=demanded)


def _unreadable(message: str, code: str) -> Report:
    step = Step("读取文件", "文件可以读取", False, message, code)
    return Report(Outcome.UNREADABLE, f"无法读取：{message}", [step])


@click.group()
def ledger() -> None:
    """账本：核验、定序、公钥。"""


@ledger.command()
@click.option("--progress", is_flag=True, help="把进度写到标准错误")
@click.option("--all", "everything", is_flag=True, help="列出所有不符之处，而不是在第一处停下")
@_json
@click.pass_context
def check(context: click.Context, everything: bool, as_json: bool, progress: bool) -> None:
    """重新推算全部日志、叶、瓦片、检查点、数据库记录和原件，指出第一处不符。退出码：0 完好，1 不符。"""
    from mingcha.ledger import checks

    tell = (lambda words: click.echo(words, err=True)) if progress else None
    report = checks.check(first_only=not everything, tell=tell)
    if as_json:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
    else:
        click.echo(
            f"日志条目 {report.entries}，叶 {report.leaves}，检查点 {report.checkpoints}，等待定序 {report.waiting}"
        )
        for finding in report.findings:
            click.echo(f"不符  {finding.code}：{finding.message}")
        click.echo("账本完好。" if report.sound else "账本不符，请保留现场并查明原因。")
    context.exit(0 if report.sound else 1)


@ledger.command()
@click.argument("logs", metavar="[LOG]...", nargs=-1)
@_json
@click.pass_context
def sequence(context: click.Context, logs: tuple[str, ...], as_json: bool) -> None:
    """把等待的日志条目写入账本并签名；不写 LOG 即全部账本。"""
    from mingcha.ledger import sequencer

    results: dict[str, Any] = {}
    failed = False
    for log in logs or sequencer.known_logs():
        try:
            results[log] = {"added": sequencer.sequence(log)}
        except MingchaError as error:
            failed = True
            results[log] = {"error": error.code, "message": error.message}
    if as_json:
        click.echo(json.dumps(results, ensure_ascii=False, indent=2))
    else:
        for log, result in results.items():
            click.echo(f"{log}：{result.get('message') or '新增' + str(result['added']) + '条'}")
    context.exit(1 if failed else 0)


@ledger.command()
@click.argument("log")
@_json
def key(log: str, as_json: bool) -> None:
    """显示账本 LOG 的公钥，可存为信任文件。"""
    from mingcha.ledger import keys

    try:
        found = keys.verifier(log)
    except MingchaError as error:
        raise click.ClickException(error.message) from error
    click.echo(json.dumps({"log": log, "key": str(found)}, ensure_ascii=False) if as_json else str(found))


@ledger.command("rotate-key")
@click.argument("log")
@click.option("--reason", required=True, help="换钥的原因，写入账本")
def rotate_key(log: str, reason: str) -> None:
    """更换账本 LOG 的签名密钥：先写入账本，由旧钥签认新钥，换钥记录随账本公布。旧私钥随即销毁。"""
    from mingcha.ledger import rotating

    try:
        found = rotating.rotate(log, reason)
    except MingchaError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"账本 {log} 已换钥。新公钥：\n{found}\n请备份新的密钥文件，并把换钥记录（keys.json）告知各见证。")


@ledger.command()
@click.argument("history", metavar="KEYS_JSON", type=click.Path(path_type=Path))
@click.option("--key", "key_file", required=True, type=click.Path(path_type=Path), help="您已经信任的公钥文件")
def follow(history: Path, key_file: Path) -> None:
    """从您信任的公钥出发核对换钥记录 KEYS_JSON，显示各把公钥和它有效的检查点大小。退出码：0 相连，1 不可信。"""
    from mingcha.ledger.core import keychain
    from mingcha.ledger.keys import trusted

    try:
        read = keychain.read(history.read_text(encoding="utf-8"))
        found = keychain.follow(read, trusted(key_file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException("打不开文件，或者它不是文本。") from error
    except MingchaError as error:
        raise click.ClickException(error.message) from error
    for key in found:
        click.echo(f"{key.first} — {'现在' if key.last is None else key.last}　{key}")


@ledger.command()
@click.argument("log")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def export(log: str, folder: Path) -> None:
    """把账本 LOG 导出为静态文件目录 DIR（C2SP tlog-tiles），任何网页服务器或对象存储都能提供；再次运行只补新增。"""
    from mingcha.ledger import exporting

    try:
        done = exporting.export(log, folder)
    except MingchaError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"账本 {log} 已导出到{done.size}条，写了{done.files}个文件。")


@ledger.command()
def seal() -> None:
    """为新增的和依法变更的数据库记录加封签，写入账本；后台进程每小时也做一次。"""
    from mingcha.ledger import seals

    click.echo(f"新加封签{seals.seal()}条。")
