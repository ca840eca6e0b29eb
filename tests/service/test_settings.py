"""Settings pass between processes unchanged, and say when a service would be open to others."""

from __future__ import annotations

import sys

import pytest

from forewarn.errors import ForewarnError, MissingExtraError
from forewarn.service import serve
from forewarn.service.settings import Patience, Settings, is_loopback


def test_workers_get_the_settings_as_they_were() -> None:
    settings = Settings(
        host="::1",
        workers=3,
        model="m.joblib",
        cors_origins=("https://a.example", "https://b.example"),
        patience=Patience(arrival=1.5),
    )
    assert Settings.from_json(settings.to_json()) == settings


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_needs_no_keys(host: str) -> None:
    assert is_loopback(host)
    Settings(host=host).check()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1"])
def test_other_addresses_need_keys_or_the_word(host: str) -> None:
    with pytest.raises(ForewarnError, match="--api-key-file"):
        Settings(host=host).check()
    Settings(host=host, api_key_file="keys").check()
    Settings(host=host, insecure=True).check()


def test_without_its_extra_the_service_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(MissingExtraError, match=r"forewarn\[serve\]"):
        serve(Settings())
