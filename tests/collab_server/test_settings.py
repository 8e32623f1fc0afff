"""Settings come from the environment."""

import pytest
from pydantic import ValidationError

from collab_server.settings import Settings


def test_every_setting_has_a_sentence() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWROOM_DATA", "/srv/flow")
    monkeypatch.setenv("FLOWROOM_ALLOWED_HOSTS", "a.example, b.example:8443,")

    settings = Settings()

    assert settings.allowed_hosts == ("a.example", "b.example:8443")
    assert settings.documents_url == "sqlite:////srv/flow/flowroom.db"
    assert settings.run_log_url == "sqlite:////srv/flow/runs.db"


def test_a_setting_out_of_range_is_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWROOM_PORT", "70000")

    with pytest.raises(ValidationError, match="port"):
        Settings()


def test_secrets_are_not_shown() -> None:
    assert "hunter2" not in repr(Settings(token="hunter2"))
