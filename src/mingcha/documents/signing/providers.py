"""Where certificates come from (证书来源): registered by name, chosen by the operator; none chosen, nothing is signed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from mingcha.documents.signing.authority import DemoAuthority, Material
from mingcha.documents.signing.errors import SigningUnavailable

if TYPE_CHECKING:  # loaded with the first signature, see `verifying`
    from pyhanko.sign.timestamps import TimeStamper


class Provider(Protocol):
    """A source of certificates for organs' seals and officers' signatures, with its time-stamp authority."""

    label: str
    # Printed on the seal itself where certificates are worth nothing outside a demonstration.
    mark: str

    def organ(self, key: str, name: str) -> Material: ...

    def officer(self, key: str, name: str) -> Material: ...

    def timestamper(self) -> TimeStamper: ...


Factory = Callable[[Path, Mapping[str, str]], Provider]
_registry: dict[str, Factory] = {}


def provider(name: str) -> Callable[[Factory], Factory]:
    """Register a source of certificates under a name that operators write into MINGCHA_SIGNING."""

    def register(factory: Factory) -> Factory:
        if name in _registry:
            raise ValueError(f"two certificate providers named {name}")
        _registry[name] = factory
        return factory

    return register


def names() -> list[str]:
    return sorted(_registry)


def chosen(home: Path, environment: Mapping[str, str] = os.environ) -> Provider | None:
    """The provider that MINGCHA_SIGNING or the file `provider` in `home` names; None where neither does.

    Raises SigningUnavailable for a name that nobody registered.
    """
    path = home / "provider"
    name = environment.get("MINGCHA_SIGNING") or (path.read_text("utf-8").strip() if path.exists() else "")
    if not name or name == "none":
        return None
    if name not in _registry:
        raise SigningUnavailable(
            f"没有名为“{name}”的证书来源。可用的有：{'、'.join(names())}。请检查 MINGCHA_SIGNING。"
        )
    return _registry[name](home, environment)


@provider("local-demo")
class LocalDemo:
    """The demonstration authority in the data directory."""

    label = "演示证书"
    mark = "演示印章"

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self.authority = DemoAuthority(home / "demo")
        self.url = environment.get("MINGCHA_TSA_URL", "")
        if not self.authority.exists:
            raise SigningUnavailable("还没有建立演示证书。请运行 mingcha setup --demo 或者 mingcha signatures demo。")

    def organ(self, key: str, name: str) -> Material:
        return self.authority.holder("seal", key, name)

    def officer(self, key: str, name: str) -> Material:
        return self.authority.holder("officer", key, name)

    def timestamper(self) -> TimeStamper:
        from mingcha.documents.signing.timestamps import RemoteAuthority, local

        return RemoteAuthority(self.url) if self.url else local(self.authority.timestamping())


@provider("pkcs12")
class Pkcs12:
    """Files organ-NAME.p12 and officer-ID.p12 of a directory; the password comes from the environment."""

    label = "PKCS#12证书"
    mark = ""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self.folder = Path(environment.get("MINGCHA_CERTIFICATES") or home / "pkcs12")
        self.password = environment.get("MINGCHA_CERTIFICATES_PASSWORD", "")
        self.url = environment.get("MINGCHA_TSA_URL", "")

    def organ(self, key: str, name: str) -> Material:
        return self._load(f"organ-{name}.p12", f"{name}的电子印章证书")

    def officer(self, key: str, name: str) -> Material:
        return self._load(f"officer-{key}.p12", f"{name}的签名证书")

    def timestamper(self) -> TimeStamper:
        from mingcha.documents.signing.timestamps import RemoteAuthority

        if not self.url:
            raise SigningUnavailable("没有设置时间戳机构的地址，文书没有签章。请设置 MINGCHA_TSA_URL。")
        return RemoteAuthority(self.url)

    def _load(self, name: str, label: str) -> Material:
        path = self.folder / name
        if "/" in name or not path.is_file():
            raise SigningUnavailable(f"没有找到{label}（{name}）。请把证书放进 MINGCHA_CERTIFICATES 指定的目录。")
        try:
            found = load_pkcs12(path.read_bytes(), self.password.encode() or None)
        except ValueError as error:
            raise SigningUnavailable(f"打不开{label}（{name}）。请检查 MINGCHA_CERTIFICATES_PASSWORD。") from error
        if found.cert is None or found.key is None:
            raise SigningUnavailable(f"{name}里没有证书和私钥。请向签发机构重新领取。")
        return Material(
            found.cert.certificate.public_bytes(Encoding.PEM),
            found.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            tuple(row.certificate.public_bytes(Encoding.PEM) for row in found.additional_certs),
        )
