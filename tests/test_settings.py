"""The configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from moorage.settings import Settings, SettingsError, load_settings


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("SERVER_HOSTNAME: a.example.com\nMAXIMUM_LAYER_SIZE: 2G\n")
    monkeypatch.setenv("MOORAGE_SERVER_HOSTNAME", "b.example.com:8443")

    settings = load_settings(config, {})

    assert settings.server_hostname == "b.example.com:8443"
    assert settings.maximum_layer_size == 2 * 1024**3


@pytest.mark.parametrize(
    "text", ["SERVER_HOSTNAME: https://a/b", "MAXIMUM_LAYER_SIZE: big", "- a", "a: [", "DB_URI: 5"]
)
def test_a_wrong_value_is_refused_with_its_key(tmp_path: Path, text: str) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(text)

    with pytest.raises(SettingsError) as refused:
        load_settings(config, {})

    key = text.partition(":")[0]
    assert key in str(refused.value) or str(config) in str(refused.value)


def test_every_setting_is_documented() -> None:
    page = (Path(__file__).parents[1] / "docs" / "settings.md").read_text()

    for name in Settings.model_fields:
        assert f"`{name.upper()}`" in page


def test_settings_survive_the_way_to_a_worker() -> None:
    settings = load_settings(None, {"TRUSTED_PROXIES": ["10.0.0.0/8"], "MAXIMUM_LAYER_SIZE": "1M"})

    assert Settings.from_dump(settings.dump()) == settings
