"""Settings. Everything a site changes comes from the environment; defaults serve the embedded demonstration."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

PACKAGE = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("MINGCHA_DATA") or PACKAGE.parent.parent / "var").resolve()
DATA.mkdir(parents=True, exist_ok=True)


def _secret() -> str:
    """MINGCHA_SECRET_KEY, or a key made once and kept readable for the owner only beside the data."""
    if key := os.environ.get("MINGCHA_SECRET_KEY"):
        return key
    path = DATA / "secret.key"
    if not path.exists():
        fresh = DATA / f"secret.key.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text()


def _database() -> dict[str, Any]:
    url = os.environ.get("MINGCHA_DATABASE_URL", "")
    if url.startswith(("postgres://", "postgresql://")):
        parts = urlsplit(url)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            # A socket directory has no place in a host name: postgresql://user@/name?host=/run/postgresql
            "HOST": parts.hostname or parse_qs(parts.query).get("host", [""])[0],
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            "DISABLE_SERVER_SIDE_CURSORS": True,
        }
    if url:
        raise ValueError("MINGCHA_DATABASE_URL must start with postgresql://; leave it empty for the embedded database")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA / "mingcha.sqlite3",
        "CONN_MAX_AGE": 600,
        "OPTIONS": {
            # A transaction that writes takes the write lock at its start, so a guard's answer is still true at commit.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            # More texts than the driver keeps by default: a statement on a table with many triggers is dear to compile.
            "cached_statements": 1024,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON; "
                "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY; "
                # Pages: the worker writes the log back long before; this is for when none runs.
                "PRAGMA wal_autocheckpoint=16384;"
            ),
        },
    }


SECRET_KEY = _secret()
DEBUG = os.environ.get("MINGCHA_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("MINGCHA_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("MINGCHA_ORIGINS", "").split(",") if origin]
HTTPS = os.environ.get("MINGCHA_HTTPS") == "1"

ROOMS = [
    "common",
    "redaction",
    "ledger",
    "files",
    "accounts",
    "statutes",
    "catalogues",
    "deadlines",
    "procedures",
    "cases",
    "recordings",
    "documents",
    "inspections",
    "hearings",
    "review",
    "decisions",
    "performance",
    "precedents",
    "disclosure",
    "petitions",
    "subscriptions",
    "archives",
    "interfaces",
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    *[f"mingcha.{room}" for room in ROOMS if (PACKAGE / room / "apps.py").exists()],
]

MIDDLEWARE = [
    "mingcha.interfaces.feeding.elsewhere.PortalElsewhere",
    "mingcha.interfaces.api.lane.ApiLane",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mingcha.interfaces.middleware.ErrorMiddleware",
]

ROOT_URLCONF = "mingcha.project.urls"
WSGI_APPLICATION = "mingcha.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": False,
        "DIRS": [
            PACKAGE / "interfaces" / "templates",
            PACKAGE / "interfaces" / "workbench" / "templates",
            PACKAGE / "interfaces" / "portal" / "templates",
        ],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"mc": "mingcha.interfaces.templatetags.mc"},
            "builtins": ["mingcha.interfaces.templatetags.mc"],
            "loaders": [("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])],
        },
    }
]

DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/in/sign-in/"
LOGIN_REDIRECT_URL = "/in/"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "interfaces" / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# Letters of subscriptions; without a mail server none are offered. smtp+starttls and smtps encrypt the way.
_mail = urlsplit(os.environ.get("MINGCHA_SMTP_URL", ""))
if _mail.scheme not in ("", "smtp", "smtp+starttls", "smtps"):
    raise ValueError("MINGCHA_SMTP_URL must start with smtp://, smtp+starttls:// or smtps://")
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "", _mail.port or {"smtps": 465, "smtp+starttls": 587}.get(_mail.scheme, 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.scheme == "smtp+starttls", _mail.scheme == "smtps"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("MINGCHA_MAIL_FROM", "mingcha@localhost")
BASE_URL = os.environ.get("MINGCHA_BASE_URL", "http://localhost:8000").rstrip("/")
FILES_ROOT = DATA / "files"
ARCHIVES_ROOT = DATA / "archives"
UPLOAD_MOST_BYTES = int(float(os.environ.get("MINGCHA_UPLOAD_GB") or 64) * (1 << 30))
UPLOAD_HOURS = int(os.environ.get("MINGCHA_UPLOAD_HOURS") or 168)
# A bucket here moves the originals there. Access keys come from the usual AWS variables or files, never from here.
S3_BUCKET = os.environ.get("MINGCHA_S3_BUCKET", "")
S3_ENDPOINT = os.environ.get("MINGCHA_S3_ENDPOINT", "")
S3_REGION = os.environ.get("MINGCHA_S3_REGION", "")
S3_PREFIX = os.environ.get("MINGCHA_S3_PREFIX", "")
S3_LOCK = os.environ.get("MINGCHA_S3_LOCK", "COMPLIANCE")
S3_LOCK_DAYS = int(os.environ.get("MINGCHA_S3_LOCK_DAYS") or 180)
SEARCH_ROOT = DATA / "search"
# Two zones: the portal as its own process over its own database, told of what is public by the worker (ADR 32).
ZONE = "inner"
ZONES = os.environ.get("MINGCHA_ZONES") == "1"
PORTAL_URL = os.environ.get("MINGCHA_PORTAL_URL", "").rstrip("/") if ZONES else ""
PORTAL_ROOT = Path(os.environ.get("MINGCHA_PORTAL_DATA") or DATA / "portal")
FEED_ROOT = DATA / "feed"
FEED_OUT = Path(os.environ.get("MINGCHA_FEED_OUT") or PORTAL_ROOT / "in")
FEED_BACK = Path(os.environ.get("MINGCHA_FEED_BACK") or PORTAL_ROOT / "up")
LOG_ROOT = DATA / "log"
KEYS_ROOT = DATA / "keys"
SIGNING_ROOT = DATA / "signing"
# Failed sign-ins are counted for all web processes of the machine together.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": DATA / "cache"}}
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a long inquiry record: two fields for each question

SESSION_COOKIE_NAME = "mingcha"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"mingcha": {"level": "INFO"}},
}
