"""Time-stamps (时间戳) by RFC 3161: from an authority at an address, or from the local one of the demonstration."""

from __future__ import annotations

import asyncio
import secrets
import urllib.error
import urllib.request
from datetime import UTC, datetime
from functools import lru_cache

from asn1crypto import tsp
from pyhanko.sign.timestamps import DummyTimeStamper, TimeStamper

from mingcha.documents.signing.authority import Material, certificate, private_key
from mingcha.documents.signing.errors import TimestampUnavailable

_SECONDS = 10
_MOST = 1 << 20
# From the arc that RFC 5612 keeps for documentation: the demonstration has no policy of its own.
_POLICY = "1.3.6.1.4.1.32473.1"


class RemoteAuthority(TimeStamper):
    """A time-stamp authority over HTTP or HTTPS; the address comes from the operator and is never guessed."""

    def __init__(self, url: str) -> None:
        if not url.startswith(("https://", "http://")):
            raise TimestampUnavailable("时间戳地址须以 https:// 或者 http:// 开头。请检查 MINGCHA_TSA_URL。")
        super().__init__()
        self.url = url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return await asyncio.to_thread(self._ask, req.dump())

    def _ask(self, body: bytes) -> tsp.TimeStampResp:
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked above
            self.url, body, {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                return tsp.TimeStampResp.load(answer.read(_MOST), strict=True)
        except (urllib.error.URLError, OSError, ValueError) as error:
            raise TimestampUnavailable(
                "时间戳机构没有给出可用的应答，文书没有签章。请检查网络和 MINGCHA_TSA_URL，稍后会自动重试。"
            ) from error


class LocalAuthority(DummyTimeStamper):
    """The time-stamp authority of the demonstration, in this process. Whoever runs the machine sets its clock.

    Every token has the same size, so that no unsigned slack is left in the file.
    """

    def request_cms(self, message_digest: bytes, md_algorithm: str) -> tuple[int, tsp.TimeStampReq]:
        _, request = super().request_cms(message_digest, md_algorithm)
        nonce = _number()
        request["nonce"] = nonce
        return nonce, request

    def _build_tst_info(self, message_imprint: tsp.MessageImprint, dt: datetime, req: tsp.TimeStampReq) -> tsp.TSTInfo:
        found = super()._build_tst_info(message_imprint, dt.astimezone(UTC).replace(microsecond=0), req)
        found["serial_number"], found["policy"] = _number(), _POLICY
        return found


@lru_cache(maxsize=8)
def local(material: Material, *, fixed: datetime | None = None) -> LocalAuthority:
    """The local authority with its certificate; `fixed` stands its clock still."""
    # The root stays out of the token: whoever checks has it, and no signature would protect that copy.
    return LocalAuthority(certificate(material.certificate), private_key(material.key), None, fixed_dt=fixed)


def _number() -> int:
    return (1 << 62) | secrets.randbits(62)
