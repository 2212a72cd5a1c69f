"""The user's own profiles: what is set comes back, what is refused changes nothing, comments stay."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vortex_tui import paths, profile, profile_files, profile_help
from vortex_tui.doctor.profiles import look
from vortex_tui.errors import ProfileError
from vortex_tui.profile import Profile

COMMENTED = """\
# Mine.

[decode]   # how it talks
temperature = 0.5  # calm
# the longest answer
max_new_tokens = 64

[core]
hf_model = "nano"
"""
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
COUNT = st.integers(16, 2**31 - 1)
VALID: dict[str, st.SearchStrategy[Any]] = {
    "core.backend": st.sampled_from(["hf", "llama_cpp", "remote"]),
    "core.system_prompt": TEXT,
    "core.hf_model": TEXT,
    "budget.ctx_tokens": COUNT,
    "decode.temperature": st.floats(0, 10),
    "decode.seed": st.integers(-1, 2**63 - 1),
    "experts.enabled": st.booleans(),
    "experts.router.top_k": COUNT,
    "bench_thresholds.max_regression": st.floats(0, 1),
    "security.web.allowlist_domains": st.lists(TEXT, max_size=3),
    "server.host": TEXT,
}
SETS = st.fixed_dictionaries({}, optional=VALID).filter(bool)
INVALID = st.sampled_from(
    [
        "budget.ctx_tokens=0",
        "budget.ctx_tokens=many",
        "budget.ctx_tokens=1\nmax_vram_mb = 5",
        "decode.temperature=-0.1",
        "decode.temperature=nan",
        "core.backend=HF",
        "experts.enabled=1",
        "bench_thresholds.max_regression=-0.15",
        "bench_thresholds.min_tokens_per_sec=-1",
        "bench_thresholds.max_vram_peak_mb=-1",
        "security.web.allowlist_domains=[1]",
        "server.port=65536",
        "budget=3",
        "core.hf_model=caf\udce9",
        "budget.max_vram=3",
        "=",
        "",
    ]
)
quick = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(paths, "user_config", lambda: tmp_path / "config")


def texts(sets: dict[str, Any]) -> list[str]:
    """As they would be typed, values as TOML."""
    return [f"{key}={tomli_w.dumps({'v': value}).partition(' = ')[2].strip()}" for key, value in sets.items()]


def mine(tmp_path: Path, content: str | bytes = COMMENTED) -> Path:
    file = tmp_path / "mine.toml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def test_every_key_has_its_sentence_and_no_sentence_is_left_over() -> None:
    assert profile_help.HELP.keys() == set(profile.keys())
    assert all(profile_help.HELP.values())


@quick
@given(SETS)
def test_what_is_set_is_what_is_loaded_and_nothing_else_changes(tmp_path: Path, sets: dict[str, Any]) -> None:
    file = mine(tmp_path)
    before = profile_help.flat(profile.load(str(file)))
    given_sets = profile_files.assignments(texts(sets))
    profile_files.edit(file, given_sets)
    assert profile_help.flat(profile.load(str(file))) == before | sets
    for comment in ("# Mine.", "# how it talks", "# the longest answer"):
        assert comment in file.read_text(encoding="utf-8")


@quick
@given(SETS, INVALID, st.sampled_from([COMMENTED, COMMENTED.replace("\n", "\r\n"), "\ufeff" + COMMENTED]))
def test_what_is_refused_leaves_the_file_byte_for_byte(
    tmp_path: Path, sets: dict[str, Any], wrong: str, content: str
) -> None:
    file = mine(tmp_path, content)
    with pytest.raises(ProfileError) as caught:
        profile_files.edit(file, profile_files.assignments([*texts(sets), wrong]))
    assert caught.value.expected
    assert file.read_bytes() == content.encode()
    assert [entry.name for entry in tmp_path.glob("*mine*")] == ["mine.toml"]


@pytest.mark.parametrize("value", ["123", "true", "a = b", "C:\\models\\x", "/m/a b", "1\nb = 2", "[1]"])
def test_a_key_that_holds_text_takes_bare_text(tmp_path: Path, value: str) -> None:
    file = mine(tmp_path)
    profile_files.edit(file, profile_files.assignments([f"core.hf_model={value}"]))
    assert profile.load(str(file)).core.hf_model == value


@pytest.mark.parametrize(
    "content",
    [
        'core.hf_model = "nano"\n',
        'core = { hf_model = "nano" }\n',
        "[experts.router]\ntop_k = 1\n[core]\n[experts]\nenabled = true\n",
        '\ufeff[core]\r\nhf_model = "nano" # here\r\n',
    ],
)
def test_other_ways_to_write_a_profile_are_edited_too(tmp_path: Path, content: str) -> None:
    file = mine(tmp_path, content)
    sets = {"core.hf_quantization": "int8", "experts.max_loaded": 3}
    profile_files.edit(file, sets)
    assert profile_help.flat(profile.load(str(file))).items() >= sets.items()
    assert ("# here" in content) == ("# here" in file.read_text(encoding="utf-8"))


def test_a_new_profile_is_known_and_never_written_over_one_that_is_there() -> None:
    file = profile_files.create("mine", profile.load("nano"), {"decode.temperature": 0.25})
    assert file == profile_files.user_folder() / "mine.toml"
    assert profile.load("mine").decode.temperature == 0.25
    with pytest.raises(ProfileError, match="already"):
        profile_files.create("mine", profile.load("nano"), {})
    profile_files.create("mine", profile.load("nano"), {}, force=True)
    assert profile.load("mine").decode.temperature == 0.0


def test_a_shipped_profile_is_never_changed_even_by_force() -> None:
    shipped = paths.shipped_profiles() / "nano.toml"
    before = shipped.read_bytes()
    with pytest.raises(ProfileError, match="already"):
        profile_files.create("nano", Profile(), {})
    with pytest.raises(ProfileError, match="shipped"):
        profile_files.edit(shipped, {"decode.temperature": 1.0})
    profile_files.create("nano", profile.load("nano"), {"decode.temperature": 1.0}, force=True)
    assert shipped.read_bytes() == before
    assert profile.load("nano").decode.temperature == 1.0


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "-x", "x.toml", "a" * 101, "new\nline", "ü"])
def test_a_name_that_is_no_file_name_everywhere_is_refused(name: str) -> None:
    with pytest.raises(ProfileError, match="no name"):
        profile_files.create(name, Profile(), {})


def test_the_list_says_what_is_wrong_with_each(tmp_path: Path) -> None:
    folder = profile_files.user_folder()
    folder.mkdir(parents=True)
    (folder / "empty.toml").touch()
    (folder / "wrong.toml").write_text("[budget]\nmax_vram = 1\n")
    (folder / "signs.toml").write_text("[bench_thresholds]\nmin_tokens_per_sec = -5.0\n")
    (folder / "narrow.toml").write_text("[budget]\nctx_tokens = 64\n")
    rows = {row.name: row for row in look(tmp_path)}
    assert "is empty" in rows["empty"].problem
    assert "'budget.max_vram_mb'" in rows["wrong"].problem
    assert "greater than or equal to 0" in rows["signs"].problem
    assert "budget.ctx_tokens 64" in rows["narrow"].problem
    assert (rows["nano"].problem, rows["nano"].origin, rows["empty"].origin) == ("", "shipped", "user")


@pytest.mark.parametrize("file", sorted(paths.shipped_profiles().glob("*.toml")), ids=lambda file: file.stem)
def test_a_shipped_profile_has_a_comment_and_agrees_with_itself(file: Path) -> None:
    from vortex_tui.doctor import model
    from vortex_tui.doctor.context import Context

    assert file.read_text(encoding="utf-8").startswith("# ")
    assert model.profile(Context(profile.load(file.stem), file.parent)).status == "pass"


@pytest.mark.parametrize("name", ["rtx4080_16gb_120b_like_gguf", "cpu_gguf", "gpu_24gb"])
def test_the_new_profiles_say_why(name: str) -> None:
    text = (paths.shipped_profiles() / f"{name}.toml").read_text(encoding="utf-8")
    assert text.count("\n# ") >= 8
    assert tomllib.loads(text)["bench_thresholds"]["min_tokens_per_sec"] > 0


def test_a_gguf_profile_without_a_file_says_which_key(tmp_path: Path) -> None:
    from vortex_tui.doctor import model
    from vortex_tui.doctor.context import Context

    given_profile = profile.load("cpu_gguf")
    core = given_profile.core.model_copy(update={"llama_cpp_model_path": ""})
    found = model.weights(Context(given_profile.model_copy(update={"core": core}), tmp_path))
    assert (found.status, "llama_cpp_model_path" in found.mend) == ("fail", True)
