"""Django's settings. What differs between machines comes from the environment; `.env.example` explains each."""

import os
from pathlib import Path

import environ
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from dashboard import environment as env
from dashboard import logs

BASE_DIR = Path(__file__).resolve().parent.parent
os.umask(0o077)  # what is written here is read by no one else: the database and its log, mail, files
env.read_dotenv(env.DOTENV)

# What comes from outside

ENVIRONMENT = env.setting("ENVIRONMENT", "demo, test or production", env.one_of("demo", "test", "production"))
IS_PRODUCTION = ENVIRONMENT == "production"
SECRET_KEY = env.setting("SECRET_KEY", "at least 40 random characters", env.long_secret)
ENCRYPTION_KEYS = env.setting(
    "ENCRYPTION_KEYS", "id:base64 of 32 bytes; separate several with commas", env.encryption_keys
)
ALLOWED_HOSTS = env.setting(
    "ALLOWED_HOSTS",
    "host names separated by commas, without *" if IS_PRODUCTION else "comma-separated host names",
    env.named_hosts if IS_PRODUCTION else env.words,
    None if IS_PRODUCTION else "localhost,127.0.0.1,[::1]",
)
SITE_URL = env.setting(
    "SITE_URL",
    "where people open this site, as https://host" if IS_PRODUCTION else "where people open this site",
    env.https_origin if IS_PRODUCTION else env.origin,
    f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
    if IS_PRODUCTION
    else f"http://localhost:{os.environ.get('PORT', '8000')}",
)
SECURITY_CONTACT = env.setting(
    "SECURITY_CONTACT", "mailto:name@host or https://host/page", env.contact, f"mailto:security@{env.host_of(SITE_URL)}"
)
UPSTREAM_HOSTS = env.setting(
    "UPSTREAM_HOSTS",
    "comma-separated host names, no scheme or port",
    env.hosts,
    ",".join(env.UPSTREAM_HOSTS if IS_PRODUCTION else env.UPSTREAM_HOSTS + env.LOOPBACK),
)
SSO_HOSTS = env.setting(
    "SSO_HOSTS",
    "comma-separated host names; one that begins with a dot stands for all below it",
    env.words,
    ",".join(env.SSO_HOSTS if IS_PRODUCTION else env.SSO_HOSTS + env.LOOPBACK),
)
UPSTREAM_CA_FILE = env.setting(
    "UPSTREAM_CA_FILE", "path to a PEM file", lambda text: text and env.readable_file(text), ""
)
DATABASE = env.setting(
    "DATABASE_URL",
    "sqlite:////absolute/path or postgres://user:password@host:5432/name",
    env.address(environ.Env.db_url_config, "ENGINE"),
    f"sqlite:///{BASE_DIR / '.run/dashboard.sqlite3'}",
)
DATABASE_POOL = env.setting("DATABASE_POOL", "a whole number of connections, 0 for no pool", env.whole_number, "16")
CACHE = env.setting(
    "CACHE_URL",
    "locmemcache:// or redis://host:6379/0",
    env.address(environ.Env.cache_url_config, "BACKEND"),
    "locmemcache://",
)
EMAIL = env.setting(
    "EMAIL_URL",
    "smtp+tls://user:password@host:587, filemail:////absolute/folder or consolemail://",
    env.address(environ.Env.email_url_config, "EMAIL_BACKEND"),
    None if IS_PRODUCTION else "consolemail://",
)
DEFAULT_FROM_EMAIL = env.setting("DEFAULT_FROM_EMAIL", "an email address", str, "Issuer Dashboard <no-reply@localhost>")
ALLAUTH_TRUSTED_PROXY_COUNT = env.setting("TRUSTED_PROXY_COUNT", "a whole number", env.whole_number, "0")
SECURE_HSTS_SECONDS = env.setting(
    "SECURE_HSTS_SECONDS", "a whole number of seconds", env.whole_number, "31536000" if IS_PRODUCTION else "0"
)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.setting("SECURE_HSTS_INCLUDE_SUBDOMAINS", "true or false", env.yes_or_no, "false")
SECURE_HSTS_PRELOAD = env.setting("SECURE_HSTS_PRELOAD", "true or false", env.yes_or_no, "false")
EXPORTS_DIR = env.setting("EXPORTS_DIR", "absolute path of a folder", env.absolute_path, str(BASE_DIR / ".run/exports"))
EXPORTS_WINDOW = env.setting("EXPORTS_WINDOW", "a whole number from 1 to 16", env.up_to_sixteen, "8")
EXPORTS_MEGABYTES = env.setting("EXPORTS_MEGABYTES", "a whole number of megabytes", env.at_least_one, "2000")
EXPORTS_STORAGE = env.setting(
    "EXPORTS_STORAGE", 'JSON such as {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {}}', env.storage, "{}"
)
SESSION_IDLE_MINUTES = env.setting(
    "SESSION_IDLE_MINUTES", "a whole number of minutes, at least 5", env.at_least_five, "30"
)
AUDIT_YEARS = env.setting("AUDIT_YEARS", "a whole number of years, at least 1", env.at_least_one, "6")
AUDIT_HEADS_FILE = env.setting(
    "AUDIT_HEADS_FILE", "absolute path of a file, or empty", lambda text: text and env.absolute_path(text), ""
)
AUDIT_HEADS_URL = env.setting(
    "AUDIT_HEADS_URL", "https://host/path, or empty", lambda text: text and env.place(text), ""
)
METRICS_TOKEN = env.setting("METRICS_TOKEN", "at least 20 characters", env.token, "")
SENTRY_DSN = env.setting("SENTRY_DSN", "https://key@host/number, or empty", env.observer("sentry_sdk"), "")
OTEL_EXPORTER_OTLP_ENDPOINT = env.setting(
    "OTEL_EXPORTER_OTLP_ENDPOINT", "http://host:4318, or empty", env.observer("opentelemetry.sdk"), ""
)
LOG_LEVEL = env.setting(
    "LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR", env.one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"
)
WEB_CONCURRENCY = env.setting("WEB_CONCURRENCY", "a whole number of processes, at least 1", env.at_least_one, "1")

DEBUG = False
VERSION = env.version()
if IS_PRODUCTION:
    env.refuse_demo_keys(SECRET_KEY, list(ENCRYPTION_KEYS))
    if os.environ.get("DEBUG", "").lower() not in ("", "0", "false"):
        raise ImproperlyConfigured("DEBUG is set. Remove it to start in production.")
IS_CACHE_SHARED = "locmem" not in str(CACHE["BACKEND"])
if WEB_CONCURRENCY > 1 and not IS_CACHE_SHARED:
    raise ImproperlyConfigured(
        "WEB_CONCURRENCY is above 1, so CACHE_URL must point to a cache shared by all processes."
    )

# Django

INSTALLED_APPS = [
    "apps.staff",
    "apps.audit",
    "apps.tenants",
    "apps.notices",
    "apps.jobs",
    "apps.listing",
    "apps.investments",
    "apps.offerings",
    "apps.investors",
    "apps.users",
    "apps.disclaimers",
    "apps.exports",
    "apps.overview",
    "apps.search",
    "apps.guide",
    "apps.evidence",
    "apps.operations",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.forms",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "apps.staff.middleware.EdgeMiddleware",
    "apps.operations.health.HealthMiddleware",
    "apps.audit.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dashboard.compression.CompressionMiddleware",
    "apps.staff.middleware.DestinationMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "apps.staff.middleware.SignedInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.tenants.middleware.TwoStepMiddleware",
    "apps.staff.middleware.NoStoreMiddleware",
]

ROOT_URLCONF = "dashboard.urls"
WSGI_APPLICATION = "dashboard.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.places.places",
            ],
            "builtins": ["dashboard.look"],
        },
    }
]
FORM_RENDERER = "apps.staff.forms.Renderer"

DATABASES = {"default": env.database(DATABASE, DATABASE_POOL)}
CACHE = env.shared(CACHE)
CACHES = {
    # Only the limits of sign-ins live here: in the database, so that neither traffic nor a restart forgets them.
    "default": {"BACKEND": "apps.staff.limits.LimitCache", "LOCATION": "staff_limit"},
    # What may be lost at any time, each apart, so that none pushes another out.
    "sessions": {**env.cache_of_its_own(CACHE, "sessions"), "LONGEST": 60},  # a session that ended meanwhile: ADR 0016
    "counts": env.cache_of_its_own(CACHE, "counts"),
    "labels": env.cache_of_its_own(CACHE, "labels"),
    # What processes learn of the APIs and are to agree on: apps.tenants.agreed, ADR 0017.
    "agreed": {**env.cache_of_its_own(CACHE, "agreed"), "LONGEST": 3600},
}
vars().update(EMAIL)
EMAIL_TIMEOUT = 10
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".run/static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    **({"exports": EXPORTS_STORAGE} if EXPORTS_STORAGE else {}),
}

# Who may come in

AUTH_USER_MODEL = "staff.StaffMember"
AUTHENTICATION_BACKENDS = ["apps.staff.backend.StaffBackend"]
PASSWORD_HASHERS = ["apps.staff.passwords.Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "apps.staff.passwords.LengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "apps.staff.passwords.VariedPasswordValidator"},
    {"NAME": "apps.staff.passwords.GuessesValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "apps.staff.adapter.StaffAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""  # allauth's own would be the Host header, which a stranger chooses
ACCOUNT_FORMS = {
    "change_password": "apps.staff.account_forms.ChangePasswordForm",
    "login": "apps.staff.account_forms.LoginForm",
    "reauthenticate": "apps.staff.account_forms.PasswordForm",
    "reset_password": "apps.staff.account_forms.ResetPasswordForm",
    "reset_password_from_key": "apps.staff.account_forms.SetPasswordForm",
}
ALLAUTH_RATE_LIMIT_IPV6_PREFIX = 48  # what one subscriber is given
ACCOUNT_RATE_LIMITS = {
    "reset_password": "20/m/ip",  # how many mails an address gets: apps.staff.outbox
    "login": None,  # wrong passwords: apps.staff.attempts
}
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "apps.tenants.two_step.Adapter"
MFA_FORMS = {
    "authenticate": "apps.staff.account_forms.SecondStepForm",
    "reauthenticate": "apps.staff.account_forms.ConfirmForm",
    "activate_totp": "apps.staff.account_forms.AppForm",
    "add_webauthn": "apps.staff.account_forms.PasskeyForm",
    "edit_webauthn": "apps.staff.account_forms.PasskeyNameForm",
}
MFA_RATE_LIMITS = {"webauthn_login": "120/m/ip"}  # an office has one address, and a passkey can't be guessed
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # a code that was on the screen when it was typed
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"  # rows of the database, read through the cache: a page's dearest look-up
SESSION_CACHE_ALIAS = "sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60

# What browsers are told

SECURE_SSL_REDIRECT = IS_PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION
SESSION_COOKIE_NAME = "__Host-session" if IS_PRODUCTION else "session"
DEVICE_COOKIE_NAME = "__Host-device" if IS_PRODUCTION else "device"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_PRODUCTION else "csrf"
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # they name people: no cookie of their own
CSRF_FAILURE_VIEW = "apps.staff.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
}
SILENCED_SYSTEM_CHECKS = [
    # Whether subdomains and browsers' preload lists may be bound is the operator's choice: two settings say so.
    "security.W005",
    "security.W021",
]

# Logs: one JSON object a line in production. No query string, no header, no body is ever logged.

LOGGING = logs.logging(LOG_LEVEL)
structlog.configure(
    processors=[*logs.CHAIN, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
