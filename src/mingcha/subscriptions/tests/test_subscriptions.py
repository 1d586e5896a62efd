"""Subscriptions from the form to the last letter, against a real mail server that a library runs."""

import datetime as dt
import email
import re
import socket
import uuid
from collections.abc import Iterator
from email.message import Message
from typing import Any
from urllib.parse import quote

import pytest
from aiosmtpd.controller import Controller
from django.core import signing
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from mingcha.common import clock
from mingcha.disclosure.demonstration import writing
from mingcha.disclosure.models import PublicEntry
from mingcha.interfaces.demo import district as made_up
from mingcha.subscriptions import inbox
from mingcha.subscriptions.letters import send_waiting
from mingcha.subscriptions.models import Subscription

OWN = "reader@example.cn"
EVENING = clock.at(dt.date(2026, 12, 30), 20)


class Server:
    """What the library's server took in, and which addresses it does not know."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.unknown: set[str] = set()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(email.message_from_bytes(envelope.content))
        return "250 OK"

    def last(self) -> str:
        raw = self.letters[-1].get_payload(decode=True)
        assert isinstance(raw, bytes)
        return raw.decode("utf-8")


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    cache.clear()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield handler
    controller.stop()


def ask(client: Client, question: str = "", address: str = OWN) -> Any:
    return client.post(f"{reverse('portal:subscribe')}{question}", {"email": address})


def publish(count: int, at: dt.datetime) -> list[PublicEntry]:
    """Made-up decisions become public at an instant."""
    before = set(PublicEntry.objects.values_list("id", flat=True))
    with clock.frozen(at):
        writing.write(len(before) + count, jurisdiction=made_up.JURISDICTION)
    fresh = PublicEntry.objects.exclude(id__in=before)
    fresh.update(published_at=at)
    return list(fresh)


def link(server: Server, what: str) -> str:
    found = re.search(rf"/p/subscriptions/{what}/[^\s/]+/", server.last())
    assert found, server.last()
    return found[0]


@pytest.mark.usefixtures("district")
def test_from_the_form_to_the_last_letter(server: Server, client: Client) -> None:
    old = publish(2, EVENING - dt.timedelta(days=3))
    word = "处罚"
    with clock.frozen(EVENING):
        page = client.get(reverse("portal:results"), {"q": word}).content.decode()
        assert "邮件订阅" in page
        answer = ask(client, f"?q={word}")
        assert answer.status_code == 200 and "请到邮箱里确认" in answer.content.decode()
        assert not server.letters, "a page does not wait for a mail server"
        assert send_waiting() == 1
        assert send_waiting() == 0
        assert server.letters[0]["To"] == OWN and word in server.last()
        place = link(server, "confirm")
        # A mail program that opens links by itself confirms nothing.
        assert "确认订阅" in client.get(place).content.decode()
        assert Subscription.objects.get().confirmed_at is None
        assert "已经订阅" in client.post(place).content.decode()
        assert client.post(place).status_code == 200
    fresh = publish(6, EVENING + dt.timedelta(hours=1))
    gone, told = fresh[0], [row for row in fresh[1:] if word in row.content["text"]]
    assert told
    PublicEntry.objects.filter(id=gone.id).update(state="withdrawn")
    with clock.frozen(EVENING + dt.timedelta(hours=2)):
        assert send_waiting() == 0, "letters go out in the morning"
    # The morning after is the last of the year.
    with clock.frozen(clock.at(dt.date(2026, 12, 31), 8, 1)):
        assert send_waiting() == 1
        text = server.last()
        for row in told:
            assert row.number in text and f"/p/decisions/{row.id}/" in text
            assert row.party not in text, "a letter cannot be taken back"
        assert str(gone.id) not in text and str(old[0].id) not in text
        assert send_waiting() == 0
        place = link(server, "end")
        assert place in server.letters[-1]["List-Unsubscribe"]
    row = Subscription.objects.get()
    assert row.next_at == clock.at(dt.date(2027, 1, 1), 8)
    # RFC 8058: the mail program posts it.
    assert client.get(place).status_code == 200 and Subscription.objects.exists()
    assert client.post(place, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Subscription.objects.exists()
    assert client.post(place).status_code == 404
    assert "已经失效" in client.get(place).content.decode()


@pytest.mark.usefixtures("district")
def test_an_address_typed_in_by_others(server: Server, client: Client) -> None:
    """Nobody learns who subscribes, nobody is flooded, and what nobody confirms is forgotten."""
    with clock.frozen(EVENING):
        answers = [ask(client, f"?q=第{number}").content for number in range(5)]
        assert len({re.sub(rb"q=[^\"]+|\xe2\x80\x9c[^<]+", b"", answer) for answer in answers}) == 1
        assert Subscription.objects.count() == 3
        assert ask(client, "?q=六").status_code == 422, "too often from one network"
        cache.clear()
        for wrong in ("reader", "a@b", "reader@example.cn\nBcc: x@example.cn", "", "中" * 300 + "@example.cn"):
            assert ask(client, "", wrong).status_code == 422
            cache.clear()
        server.unknown = {OWN}
        assert send_waiting() == 0
        assert not Subscription.objects.exists(), "there is no such address"
        server.unknown = set()
        ask(client)
        send_waiting()
    with clock.frozen(EVENING + dt.timedelta(hours=49)):
        place = link(server, "confirm")
        assert client.post(place.replace("confirm/", "confirm/x")).status_code == 404
        send_waiting()
        assert not Subscription.objects.exists()
        assert client.post(place).status_code == 404


@pytest.mark.usefixtures("district")
def test_a_server_that_does_not_answer_loses_nothing(server: Server, client: Client, settings: Any) -> None:
    port = settings.EMAIL_PORT
    ask(client)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = probe.getsockname()[1]
        with pytest.raises(OSError):
            send_waiting()
    settings.EMAIL_PORT = port
    assert send_waiting() == 1


@pytest.mark.usefixtures("district")
def test_without_a_mail_server_none_is_offered(client: Client, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    page = client.get(reverse("portal:subscribe"))
    assert "没有开通邮件订阅" in page.content.decode() and "decisions.atom" in page.content.decode()
    assert ask(client).status_code == 404
    assert send_waiting() == 0


@pytest.mark.django_db
def test_no_letters_before_the_address_is_confirmed() -> None:
    now = clock.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.create(
            id=uuid.uuid4(), email=OWN, wanted={}, title="全部", asked_at=now, until=now, next_at=now
        )


@pytest.mark.usefixtures("district")
def test_a_tampered_token_opens_and_ends_nothing(server: Server, client: Client) -> None:
    """Every kind of change: a character, a cut, another's signature, the token of the other door, one made elsewhere."""
    with clock.frozen(EVENING):
        ask(client)
        send_waiting()
        row = Subscription.objects.get()
        confirm, end = inbox.confirm_token(row), inbox.end_token(row)
        other = signing.dumps(uuid.uuid4().hex, salt="mingcha.subscriptions.confirm")
        body, _, mark = confirm.rpartition(":")
        forged = [
            end, other, signing.dumps(row.id.hex), signing.dumps(row.id.hex, key="guessed", salt="confirm"),
            f"{body}:{end.rpartition(':')[2]}", body, mark, confirm[:-1], confirm + "A", "", "x" * 2000,
            *(confirm[:at] + ("A" if confirm[at] != "A" else "B") + confirm[at + 1 :] for at in range(0, len(confirm) - 1, 3)),
        ]  # fmt: skip
        for token in forged:
            for what in ("confirm", "end") if token != end else ("confirm",):
                for send in (client.get, client.post):
                    answer = send(f"/p/subscriptions/{what}/{quote(token, safe='')}/")
                    assert answer.status_code in (404, 405, 410), (what, token, answer.status_code)
                    assert OWN not in answer.content.decode()
        row.refresh_from_db()
        assert row.confirmed_at is None
        assert "已经订阅" in client.post(f"/p/subscriptions/confirm/{confirm}/").content.decode()
