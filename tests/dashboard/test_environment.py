"""A missing or malformed setting stops the start with its name and what is expected."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

GOOD = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "0123456789abcdefghij" * 3,
    "ENCRYPTION_KEYS": "k1:" + "MDEyMzQ1Njc4OWFiY2RlZmdoaWowMTIzNDU2Nzg5YWI=",
    "ALLOWED_HOSTS": "dashboard.example.com",
    "EMAIL_URL": "memorymail://",
}


SETTINGS = re.findall(r"^([A-Z_]+)=", (Path(__file__).parents[2] / ".env.example").read_text(), re.MULTILINE)


def start(project: Path, **changed: str | None) -> "subprocess.CompletedProcess[str]":
    wanted = {**GOOD, **changed}
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "dashboard.settings"}
    environment |= {name: value for name, value in wanted.items() if value is not None}
    command = [sys.executable, "-c", "import django; django.setup(); print('started')"]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def test_good_settings_start_and_a_bad_one_does_not(project: Path) -> None:
    assert start(project).stdout == "started\n"
    done = start(project, SECRET_KEY="short")
    assert done.returncode != 0
    assert "SECRET_KEY is malformed (5 characters)." in done.stderr


@pytest.mark.traced
@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"ENVIRONMENT": "staging"}, "ENVIRONMENT is malformed (unknown word). Expected: demo, test or production."),
        ({"SECRET_KEY": None}, "SECRET_KEY is not set. Expected: at least 40 random characters."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is malformed (5 characters)."),
        ({"SECRET_KEY": "x" * 50}, "SECRET_KEY is malformed (not random)."),
        ({"SECRET_KEY": "abc" * 20}, "SECRET_KEY is malformed (not random)."),
        (
            {"ENCRYPTION_KEYS": "k1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="},
            "ENCRYPTION_KEYS is malformed (key 1 is not random).",
        ),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS is malformed (no names)."),
        ({"ALLOWED_HOSTS": "dashboard.example.com,*"}, "ALLOWED_HOSTS is malformed (no names)."),
        ({"SITE_URL": "http://dashboard.example.com"}, "SITE_URL is malformed (not https)."),
        ({"SITE_URL": "https://dashboard.example.com/x"}, "SITE_URL is malformed (not an origin)."),
        ({"SECURITY_CONTACT": "somewhere"}, "SECURITY_CONTACT is malformed (neither mailto: nor https://)."),
        ({"ENCRYPTION_KEYS": None}, "ENCRYPTION_KEYS is not set."),
        ({"ENCRYPTION_KEYS": "nokey"}, "ENCRYPTION_KEYS is malformed (key 1 has 0 bytes)."),
        ({"ENCRYPTION_KEYS": "k1:###"}, "ENCRYPTION_KEYS is malformed (key 1 is not base64)."),
        ({"ENCRYPTION_KEYS": "k1:QUFB"}, "ENCRYPTION_KEYS is malformed (key 1 has 3 bytes)."),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS is not set."),
        ({"EMAIL_URL": None}, "EMAIL_URL is not set."),
        ({"TRUSTED_PROXY_COUNT": "two"}, "TRUSTED_PROXY_COUNT is malformed (not a whole number)."),
        ({"SECURE_HSTS_PRELOAD": "maybe"}, "SECURE_HSTS_PRELOAD is malformed (neither true nor false)."),
        ({"LOG_LEVEL": "verbose"}, "LOG_LEVEL is malformed (unknown word)."),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is malformed (not understood)."),
        ({"CACHE_URL": "nonsense://"}, "CACHE_URL is malformed (not understood)."),
        ({"EMAIL_URL": "nonsense://x"}, "EMAIL_URL is malformed (not understood)."),
        ({"UPSTREAM_CA_FILE": "/no/such.pem"}, "UPSTREAM_CA_FILE is malformed (no such file)."),
        ({"UPSTREAM_HOSTS": "https://api.issuance.com"}, "UPSTREAM_HOSTS is malformed (not only host names)."),
        ({"WEB_CONCURRENCY": "0"}, "WEB_CONCURRENCY is malformed (less than 1)."),
        ({"ENCRYPTION_KEYS": f"{GOOD['ENCRYPTION_KEYS']},{GOOD['ENCRYPTION_KEYS']}"}, "two keys are called k1"),
        ({"DEBUG": "1"}, "DEBUG is set. Production does not start with it."),
        ({"SECRET_KEY": "demo-" + GOOD["SECRET_KEY"]}, "SECRET_KEY is one of `make demo`."),
        (
            {"ENCRYPTION_KEYS": GOOD["ENCRYPTION_KEYS"].replace("k1", "demo-1")},
            "ENCRYPTION_KEYS holds a key of `make demo`.",
        ),
        ({"WEB_CONCURRENCY": "2"}, "WEB_CONCURRENCY is above 1, so CACHE_URL must name a cache"),
    ],
)
def test_a_bad_setting_is_named_and_its_value_is_not(
    project: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str | None], says: str
) -> None:
    for name, value in {**dict.fromkeys(SETTINGS, None), **GOOD, **changed}.items():
        monkeypatch.setenv(name, value or "")
    with pytest.raises(ImproperlyConfigured) as caught:
        runpy.run_path(str(project / "dashboard/settings.py"))
    said = str(caught.value)
    assert says in said
    if changed.get("SECRET_KEY") or changed.get("ENCRYPTION_KEYS"):
        assert not [value for value in changed.values() if value and len(value) > 8 and value in said]


def test_every_setting_is_explained_in_the_example(project: Path) -> None:
    source = (project / "dashboard/settings.py").read_text() + (project / "dashboard/gunicorn.py").read_text()
    example = (project / ".env.example").read_text()
    names = set(re.findall(r'env\.setting\(\s*"([A-Z_]+)"', source)) | set(
        re.findall(r'environ\.get\("(WEB_\w+|BIND)"', source)
    )
    assert len(names) > 15
    assert not {name for name in names if not re.search(rf"^{name}=", example, re.MULTILINE)}
