"""The typed profile: what it accepts comes back the same, what it refuses is named."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vortex_tui import profile
from vortex_tui.errors import ProfileError

FILE = Path("mine.toml")
KEYS = sorted(profile.keys())
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
COUNT = st.integers(16, 2**31 - 1)
SHARE = st.floats(0, 1)
KINDS = {
    "core.backend": st.sampled_from(["hf", "llama_cpp", "remote"]),
    "core.hf_model": TEXT,
    "core.system_prompt": TEXT,
    "budget.ctx_tokens": COUNT,
    "budget.max_vram_mb": COUNT,
    "decode.temperature": st.floats(0, 10),
    "decode.min_p": SHARE,
    "decode.seed": st.integers(-1, 2**63 - 1),
    "experts.enabled": st.booleans(),
    "experts.router.mode": st.sampled_from(["hybrid", "lexical", "dense", "manual", "off"]),
    "experts.router.top_k": COUNT,
    "security.allow_download": st.booleans(),
    "security.web.allowlist_domains": st.lists(TEXT, max_size=4),
    "server.host": TEXT,
    "server.port": st.integers(0, 65535),
}
PROFILES = st.fixed_dictionaries({}, optional=KINDS)


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for key, value in flat.items():
        *path, leaf = key.split(".")
        table = tables
        for name in path:
            table = table.setdefault(name, {})
        table[leaf] = value
    return tables


def refused(text: str) -> ProfileError:
    with pytest.raises(ProfileError) as caught:
        profile.parse(tomllib.loads(text), FILE)
    return caught.value


@given(PROFILES)
def test_a_dumped_profile_is_parsed_to_the_same_profile(flat: dict[str, Any]) -> None:
    first = profile.parse(nested(flat), FILE)
    assert profile.parse(tomllib.loads(profile.dump(first)), FILE) == first


@given(PROFILES)
def test_a_dump_writes_every_key_out(flat: dict[str, Any]) -> None:
    dumped = tomllib.loads(profile.dump(profile.parse(nested(flat), FILE)))
    for key in KEYS:
        table: Any = dumped
        for name in key.split("."):
            table = table[name]


@given(st.sampled_from(KEYS), st.text(st.characters(categories=["Ll", "Nd"]), min_size=1), st.booleans())
def test_an_unknown_key_is_always_refused_and_a_known_one_named(key: str, extra: str, before: bool) -> None:
    *path, leaf = key.split(".")
    wrong = ".".join([*path, extra + leaf if before else leaf + extra])
    if wrong in KEYS:
        return
    with pytest.raises(ProfileError) as caught:
        profile.parse(nested({wrong: 1}), FILE)
    assert repr(wrong) in caught.value.message
    assert any(repr(known) in caught.value.expected for known in (*KEYS, *(".".join(path),)))


@given(st.sampled_from(KEYS), st.data())
def test_a_mistyped_key_is_answered_with_one_at_least_as_near(key: str, data: st.DataObject) -> None:
    *path, leaf = key.split(".")
    place = data.draw(st.integers(0, len(leaf) - 1))
    wrong = ".".join([*path, leaf[:place] + leaf[place + 1 :]])
    if wrong in KEYS or not leaf[:place] + leaf[place + 1 :]:
        return
    with pytest.raises(ProfileError) as caught:
        profile.parse(nested({wrong: 1}), FILE)
    near = caught.value.expected.rsplit("'", 2)[1]
    assert (
        _likeness(wrong, near) >= _likeness(wrong, key) or near.rpartition(".")[2] == wrong.rpartition(".")[2]
    )


def _likeness(wrong: str, known: str) -> float:
    return difflib.SequenceMatcher(None, known, wrong).ratio()


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("[budget]\nmax_vram = 1", "budget.max_vram_mb"),
        ("[core]\nhf_modle = 'x'", "core.hf_model"),
        ("[core]\nmax_vram_mb = 1", "budget.max_vram_mb"),
        ("[experts]\ntop_k = 1", "experts.router.top_k"),
        ("[router]\ntop_k = 1", "experts.router"),
        ("[Core]\nbackend = 'hf'", "core"),
        ("temperature = 0.5", "decode.temperature"),
        ('["core.backend"]\nx = 1', "core.backend"),
    ],
)
def test_the_nearest_name_is_the_one_that_was_meant(text: str, near: str) -> None:
    assert f"nearest is {near!r}" in refused(text).expected


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("core = 3", "core"),
        ("[[core]]\nbackend = 'hf'", "core"),
        ("[core]\nbackend = 'HF'", "core.backend"),
        ("[core]\nhf_model = 1", "core.hf_model"),
        ("[budget]\nctx_tokens = '4096'", "budget.ctx_tokens"),
        ("[budget]\nctx_tokens = 4096.0", "budget.ctx_tokens"),
        ("[budget]\nctx_tokens = true", "budget.ctx_tokens"),
        ("[budget]\nctx_tokens = 0", "budget.ctx_tokens"),
        ("[budget]\nmax_vram_mb = 1000000000000000000000", "budget.max_vram_mb"),
        ("[decode]\ntemperature = nan", "decode.temperature"),
        ("[decode]\ntemperature = inf", "decode.temperature"),
        ("[decode]\ntemperature = -0.1", "decode.temperature"),
        ("[decode]\nseed = 9223372036854775808", "decode.seed"),
        ("[experts]\nenabled = 1", "experts.enabled"),
        ("[security.web]\nallowlist_domains = 'a.org'", "security.web.allowlist_domains"),
        ("[security.web]\nallowlist_domains = [1]", "security.web.allowlist_domains.0"),
        ("[bench_thresholds]\nmax_regression = -1", "bench_thresholds.max_regression"),
        ("[server]\nport = 65536", "server.port"),
        ("[core]\nbackend = 2026-01-01", "core.backend"),
    ],
)
def test_a_wrong_value_is_refused_by_its_key(text: str, key: str) -> None:
    error = refused(text)
    assert repr(key) in error.message
    assert error.expected
    assert error.exit_code == 2


@pytest.mark.parametrize("text", ['name = "other"', '"<name>" = 3', '_name = "x"', '"" = 1'])
def test_a_file_does_not_name_itself(text: str) -> None:
    assert "unknown key" in refused(text).message


def test_control_characters_of_a_file_are_shown_escaped() -> None:
    error = refused('[core]\n"\\u001b[31mred" = 1')
    assert "\x1b" not in str(error)
    assert "\\x1b" in str(error)


def test_a_huge_value_makes_a_short_message() -> None:
    assert len(str(refused(f"[core]\nbackend = '{'x' * 100_000}'"))) < 1_000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"[core", "not TOML"),
        (b"\xff\xfe", "not TOML"),
        (b"a = " + b"[" * 5_000, "not TOML"),
    ],
)
def test_a_damaged_file_is_refused_in_words(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "broken.toml"
    file.write_bytes(content)
    with pytest.raises(ProfileError, match=said):
        profile.load(str(file))


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    file = tmp_path / "windows.toml"
    file.write_bytes(b'\xef\xbb\xbf[core]\r\nbackend = "llama_cpp"\r\n')
    assert profile.load(str(file)).core.backend == "llama_cpp"


@pytest.mark.parametrize("name", ["~nobody_of_that_name/x.toml", "no/such/file.toml", "bad\0name.toml", "./"])
def test_a_path_that_cannot_be_read_is_refused_in_words(name: str) -> None:
    with pytest.raises(ProfileError, match="could not read"):
        profile.load(name)


def test_an_unknown_profile_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ProfileError) as caught:
        profile.load("nanno")
    assert "nano, nano_gguf, rtx4080_16gb_120b_like" in caught.value.expected
    assert caught.value.mend.endswith("--profile nano")


@pytest.mark.parametrize("name", sorted(profile.known()))
def test_every_shipped_profile_loads_under_its_own_name(name: str) -> None:
    assert profile.load(name).name == name


def test_a_saved_profile_is_loaded_the_same(tmp_path: Path) -> None:
    first = profile.load("rtx4080_16gb_120b_like")
    file = tmp_path / f"{first.name}.toml"
    profile.save(first, file)
    assert profile.load(str(file)) == first


def test_a_mocked_profile_keeps_its_rules_and_drops_its_weights() -> None:
    text = '[core]\nbackend = "remote"\nllama_cpp_model_path = "x.gguf"\n[experts.router]\nencoder = "/enc"\n'
    own = profile.parse(tomllib.loads(text + "[budget]\nctx_tokens = 100\n"), FILE)
    mocked = own.mocked()
    assert (mocked.core.backend, mocked.core.hf_model, mocked.core.llama_cpp_model_path) == ("hf", "nano", "")
    assert mocked.experts.router.encoder == "base"
    assert mocked.budget == own.budget
    assert mocked.name == own.name
    assert mocked.mocked() == mocked


def test_a_profile_cannot_be_changed_in_place() -> None:
    loaded = profile.load("nano")
    assert isinstance(loaded.security.web.allowlist_domains, tuple)
    with pytest.raises(ValueError, match="frozen"):
        loaded.budget.ctx_tokens = 1  # type: ignore[misc]
