"""Signing in and out, and the person's own page (我的)."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from mingcha.accounts import actions as accounts
from mingcha.accounts import queries as people
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict
from mingcha.interfaces.gate import actor_of, officials, public
from mingcha.interfaces.workbench.base import Form, page, role_names, submitted

# A failed sign-in counts for this name from this address; the window is not renewed by further attempts.
MOST_FAILURES = 10
WINDOW = 15 * 60


class SignInForm(Form):
    username = forms.CharField(
        label="用户名", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label="密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class TokenForm(Form):
    label = forms.CharField(
        label="用途", max_length=60, help_text="例如：统计科报表程序。写明用途，便于日后核对和撤销。"
    )
    days = forms.TypedChoiceField(
        label="有效期", coerce=int, choices=[(30, "30 日"), (90, "90 日"), (365, "一年")], initial=90
    )


def _throttle_key(request: HttpRequest, username: str) -> str:
    address = request.META.get("REMOTE_ADDR", "")
    return "sign-in:" + hashlib.sha256(f"{username.strip().casefold()}|{address}".encode()).hexdigest()


def _failures(key: str) -> int:
    return int(cache.get(key, 0))


def _failed(key: str) -> None:
    if not cache.add(key, 1, WINDOW):
        try:
            cache.incr(key)
        except ValueError:
            cache.add(key, 1, WINDOW)


def _target(request: HttpRequest) -> str:
    wanted = str(request.POST.get("next") or request.GET.get("next") or "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe and wanted else settings.LOGIN_REDIRECT_URL


@sensitive_post_parameters("password")
def _sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(_target(request))
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            key = _throttle_key(request, form.cleaned_data["username"])
            if _failures(key) >= MOST_FAILURES:
                form.add_error(None, "登录失败次数过多。请 15 分钟后再试，或者联系本单位管理员重置密码。")
                status = 429
            else:
                user = authenticate(request, **{name: form.cleaned_data[name] for name in ("username", "password")})
                if user is not None:
                    cache.delete(key)
                    login(request, user)
                    return redirect(_target(request))
                _failed(key)
                form.add_error(None, "用户名或者密码不正确。请核对后重试；忘记密码的，请联系本单位管理员。")
    context = {"form": form, "next": _target(request)}
    return render(request, "workbench/sessions/sign_in.html", context, status=status)


sign_in = public(never_cache(_sign_in))


@require_POST
def _sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect(settings.LOGIN_URL)


sign_out = public(_sign_out)


@officials()
def profile(request: HttpRequest) -> HttpResponse:
    """我的: own certificates, roles and API tokens; a new token's secret is shown exactly once."""
    actor = actor_of(request)
    officer = people.officers([actor.officer_id])[actor.officer_id]
    secret = ""
    form = TokenForm(request.POST or None)
    if request.method == "POST":
        done = submitted(request, form, lambda cleaned: _token(actor, officer, cleaned), single=False)
        if done is not None:
            secret, form = str(done.result), TokenForm()
    today = clock.today()
    certificates = [{"row": row, "valid": row.valid_on(today)} for row in officer.certificates.all()]
    now = clock.now()
    tokens = [
        {"row": row, "open": row.revoked_at is None and row.expires_at > now}
        for row in officer.tokens.order_by("-created_at", "-id")
    ]
    context: dict[str, Any] = {
        "officer": officer,
        "certificates": certificates,
        "roles": role_names(actor),
        "tokens": tokens,
        "form": form,
        "secret": secret,
        "auxiliary": officer.staff_kind == "auxiliary",
    }
    status = 422 if form.is_bound else 200
    return page(request, "workbench/sessions/profile.html", context, title="我的", active="profile", status=status)


@officials()
def token_revoke(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    """Revoke a token of one's own at once: whoever lost it need not wait for an administrator."""
    actor = actor_of(request)
    if request.method == "POST":
        accounts.revoke_token(token_id, actor=actor)
        messages.success(request, "令牌已经撤销，用它的程序不能再办理业务。")
    return redirect("profile")


def _token(actor: Actor, officer: Any, cleaned: dict[str, Any]) -> str:
    """A secret is no result to keep, so a double submit is caught by its label: the same label again within a minute."""
    check = Check()
    label = check.text("label", cleaned["label"], "用途", most=60)
    check.done()
    last = officer.tokens.filter(label=label).order_by("-created_at").first()
    if last is not None and (clock.now() - last.created_at).total_seconds() < 60:
        raise Conflict("token-just-created", "刚刚已经为这个用途开通了令牌，没有重复开通。")
    role = next((str(value) for value in Role.values if value in actor.roles), "")
    return accounts.create_token(officer, label=label, days=cleaned["days"], by=actor.snapshot(role))
