"""Witness service (见证服务): remembers one checkpoint per log, cosigns what continues it, refuses a second history.

For the justice bureau, a notary or a newspaper: needs a key, a list of logs and one state file, and no database.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from mingcha.ledger import keys
from mingcha.ledger.core import checkpoint, note, witness
from mingcha.ledger.core.checkpoint import TreeHead
from mingcha.ledger.core.cosignature import COSIGNATURE, Cosigner
from mingcha.ledger.core.errors import Inconsistent, ProofError, SizeConflict, SplitView, WitnessRefusal
from mingcha.ledger.core.note import VerifierKey
from mingcha.ledger.errors import KeyProblem, WitnessStateBroken
from mingcha.ledger.place import write_files

_MOST_EVIDENCE = 16 << 20
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """One answer over HTTP."""

    status: int
    body: bytes
    content_type: str = _TEXT


class Witness:
    """One cosigner with its state; `state` is a file that only one process may hold."""

    def __init__(self, cosigner: Cosigner, logs: Iterable[VerifierKey], state: Path) -> None:
        self.cosigner, self.state = cosigner, state
        self.logs: dict[str, list[VerifierKey]] = {}
        for key in logs:
            self.logs.setdefault(key.name, []).append(key)
        self._lock = threading.Lock()
        self._notes = self._read()

    def _read(self) -> dict[str, str]:
        with contextlib.suppress(FileNotFoundError):
            try:
                notes = json.loads(self.state.read_text(encoding="utf-8"))
                for origin, text in notes.items():
                    checkpoint.open_signed(text, self.logs.get(origin, []), origin=origin)
            except (ValueError, AttributeError, ProofError) as error:
                # Starting anew would forget what was cosigned, and a second history could pass.
                raise WitnessStateBroken(
                    message=f"见证的状态文件 {self.state.name} 损坏或与登记的账本公钥不符，请从备份恢复，不要删除。"
                ) from error
            return dict(notes)
        return {}

    def cosigned(self) -> dict[str, TreeHead]:
        """Newest head per origin."""
        return {origin: checkpoint.parse_text(note.parse(text).text) for origin, text in self._notes.items()}

    def add_checkpoint(self, body: bytes) -> Answer:
        """The call of the standard. The new checkpoint is on disk before the answer leaves."""
        with self._lock:
            try:
                request = witness.parse(body)
                head, text = witness.examine(request, self.logs, self.cosigned())
            except SizeConflict as error:
                return Answer(error.status, f"{error.data['size']}\n".encode(), "text/x.tlog.size")
            except WitnessRefusal as error:
                if isinstance(error, SplitView | Inconsistent):
                    self._keep_evidence(request.note, error)
                return Answer(error.status, f"{error.message}\n".encode())
            notes = {**self._notes, head.origin: request.note}
            write_files(self.state.parent, {self.state.name: json.dumps(notes, ensure_ascii=False).encode()})
            self._notes = notes
            return Answer(200, self.cosigner.cosign(text, int(time.time())).encode())

    def _keep_evidence(self, text: str, error: WitnessRefusal) -> None:
        """A signed checkpoint that contradicts another one convicts its log, so it is kept."""
        path = self.state.with_name(f"{self.state.name}.evidence")
        if path.exists() and path.stat().st_size > _MOST_EVIDENCE:
            return
        with path.open("a", encoding="utf-8") as out:
            line = {"at": int(time.time()), "code": error.code, "note": text}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")

    def about(self) -> str:
        """A page for people: who this is and what it has seen."""
        heads = self.cosigned()
        lines = [f"见证（tlog-witness）：{self.cosigner.name}", f"公钥：{self.cosigner.verifier}", ""]
        for origin in sorted(self.logs):
            head = heads.get(origin)
            seen = "尚未共签" if head is None else f"共签到{head.size}条，根 {base64.b64encode(head.root).decode()}"
            lines.append(f"账本 {origin}：{seen}")
        return "\n".join(lines) + "\n"


@contextlib.contextmanager
def held(state: Path) -> Iterator[None]:
    """One process per state file. Raises WitnessStateBroken where another holds it."""
    state.parent.mkdir(parents=True, exist_ok=True)
    with state.with_name(f"{state.name}.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WitnessStateBroken(message=f"状态文件 {state.name} 正由另一个见证进程使用。") from None
        yield


def server(found: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """A listening server; the caller runs `serve_forever` and closes it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 15
        server_version, sys_version = "mingcha-witness", ""

        def do_POST(self) -> None:
            if self.path != "/add-checkpoint":
                return self._send(Answer(404, "没有这个地址。\n".encode()), close=True)
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal():
                return self._send(Answer(411, "请求缺少 Content-Length。\n".encode()), close=True)
            if int(length) > witness.MOST_BYTES:
                return self._send(Answer(413, "请求过长。\n".encode()), close=True)
            return self._send(found.add_checkpoint(self.rfile.read(int(length))))

        def do_GET(self) -> None:
            known = self.path == "/"
            self._send(Answer(200, found.about().encode()) if known else Answer(404, "没有这个地址。\n".encode()))

        def _send(self, answer: Answer, *, close: bool = False) -> None:
            self.send_response(answer.status)
            headers: Mapping[str, str] = {
                "Content-Type": answer.content_type,
                "Content-Length": str(len(answer.body)),
                "Cache-Control": "no-store",
                **({"Connection": "close"} if close else {}),
            }
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: what counts is the state file."""

    made = ThreadingHTTPServer((host, port), Handler)
    made.daemon_threads = True
    return made


def read_key(path: Path) -> Cosigner:
    """The witness's private key. Raises KeyProblem."""
    try:
        name, private = keys.private_key(path.read_text(encoding="utf-8"), COSIGNATURE, path.name)
    except OSError:
        raise KeyProblem(message=f"打不开密钥文件 {path.name}。用 mingcha witness key 可以生成一个。") from None
    if path.stat().st_mode & 0o077:
        raise KeyProblem(message=f"密钥文件 {path.name} 可被他人读取，请把权限改为 0600。")
    return Cosigner(name, private)
