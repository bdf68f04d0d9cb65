"""Weight files: where they are found, how they are read, and what is said when they do not fit."""

import argparse
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.checkpoints import (
    KNOWN,
    Found,
    KnownFile,
    build,
    describe,
    find,
    known_run,
    load_into,
    load_state,
    read_metadata,
    save_network,
    save_safetensors,
)
from module1_audio2lmk.foundation.errors import InputError
from module2_drawing import networks


class Small(nn.Sequential):
    """A network with a width, from a seed."""

    def __init__(self, width: int = 4, seed: int = 0) -> None:
        torch.manual_seed(seed)
        if width < 1:
            raise ValueError(f"width {width}")
        norms = nn.InstanceNorm2d(width), nn.BatchNorm2d(width)
        super().__init__(nn.Conv2d(3, width, 3), *norms, nn.Linear(5, 2))


def small(seed: int = 0) -> Small:
    return Small(seed=seed)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """`Small` is known to weight files, as "Small" and under an option's value."""
    monkeypatch.setitem(networks.NETWORKS, "Small", Small)
    monkeypatch.setitem(networks.NETWORKS, "little", Small)


def put(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, path)
    return path


def same(a: nn.Module, b: nn.Module) -> bool:
    return all(
        torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    )


@pytest.mark.parametrize("place", ["", "Module1/checkpoints", "Module2/checkpoints"])
@pytest.mark.parametrize("key", sorted(KNOWN))
def test_published_files_are_found(tmp_path: Path, key: str, place: str) -> None:
    path = put(tmp_path / place / KNOWN[key].published, {})
    found = find(key, tmp_path)
    assert found is not None
    assert (found.path, found.origin) == (path, "published")


def test_own_weights_come_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped, folder = tmp_path / "shipped", tmp_path / "mine"
    monkeypatch.setattr(checkpoints.known, "SHIPPED", shipped)
    folder.mkdir()
    assert find("content_branch", folder) is None
    name = "default/content_branch.safetensors"
    for root in (shipped, folder):
        save_safetensors(root / name, small().state_dict())
        found = find("content_branch", folder)
        assert found is not None
        assert (found.path, found.origin) == (root / name, "default")
    put(folder / "ckpt_content_branch.pth", {})
    found = find("content_branch", folder)
    assert found is not None
    assert found.origin == "published"


def test_a_named_file_comes_first(tmp_path: Path) -> None:
    put(tmp_path / "ckpt_autovc.pth", {})
    named = put(tmp_path / "other.pth", {})
    found = find("autovc", tmp_path, named)
    assert found is not None
    assert (found.path, found.origin) == (named, "user")
    with pytest.raises(InputError, match="not found"):
        find("autovc", tmp_path, tmp_path / "absent.pth")
    with pytest.raises(InputError, match="no checkpoints folder"):
        find("autovc", tmp_path / "absent")


def test_equal_weights_are_equal_bytes(tmp_path: Path) -> None:
    """Which the order of metadata, random in safetensors itself, does not spoil."""
    about = {name: f'"{name}"\n\u001f é' for name in ("task", "seed", "licence", "date", "network")}
    files = [tmp_path / f"{name}.safetensors" for name in "abc"]
    for file in files:
        save_safetensors(file, {"w": torch.ones(2, 3)}, dict(reversed(about.items())))
    assert len({file.read_bytes() for file in files}) == 1
    assert read_metadata(files[0]) == about
    assert torch.equal(load_state(files[0])["w"], torch.ones(2, 3))


def test_safetensors_round_trip(tmp_path: Path) -> None:
    state = {"a": torch.rand(3, 4), "b": torch.tensor(7), "large": torch.tensor([1e9])}
    state["a_again"] = state["a"]  # shared memory
    save_safetensors(tmp_path / "new" / "a.safetensors", state, {"width": "32"})
    read = load_state(tmp_path / "new" / "a.safetensors")
    assert read["a"].dtype == torch.float32
    assert torch.allclose(read["a"], state["a"], atol=1e-3)
    assert torch.equal(read["a"], state["a"].half().float())
    assert torch.equal(read["a_again"], read["a"])
    assert torch.equal(read["b"], state["b"])
    assert torch.equal(read["large"], state["large"])
    assert read_metadata(tmp_path / "new" / "a.safetensors") == {"width": "32"}


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("prefix", ["", "module."])
def test_published_forms_load(tmp_path: Path, prefix: str) -> None:
    """Nested, from several devices, with a score and options beside the weights, with parts to ignore."""
    source = small(1)
    state = {prefix + name: value for name, value in source.state_dict().items()}
    state[prefix + "comb_mlp.0.weight"] = torch.zeros(2)
    content = {"G": state, "best": np.float64(0.5), "opt": argparse.Namespace(lr=0.1), "epoch": 3}
    path = put(tmp_path / "a.pth", content)
    network = build(Found(path, "published", KnownFile("a.pth", "Small", inside="G", ignore=("comb_mlp.",))))
    assert same(source, network) and not network.training


@pytest.mark.usefixtures("registered")
def test_own_files_say_what_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_network(path, Small(8, seed=3), {"width": 8}, {"seed": "3"})
    assert describe(path) == ("Small", {"width": 8})
    assert read_metadata(path)["seed"] == "3"
    network = build(path, Small)
    torch.testing.assert_close(network[0].weight, Small(8, seed=3)[0].weight, atol=1e-3, rtol=1e-3)
    # whatever key it was found under
    assert same(network, build(Found(path, "user", KnownFile("b.pth", "Large", inside="G")), nn.Sequential))
    with pytest.raises(InputError, match="holds a Small, not a Linear"):
        build(path, nn.Linear)


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("metadata", "says"),
    [
        ({}, "does not say what network"),
        ({"network": "Small"}, "does not say what network"),
        ({"network": "Small", "arguments": "{"}, "no file with the arguments of a network"),
        ({"network": "Small", "arguments": "[8]"}, "no file with the arguments of a network"),
        ({"network": "os.system", "arguments": "{}"}, "not known here"),
        ({"network": "Small", "arguments": '{"depth": 2}'}, "does not fit Small"),
        ({"network": "Small", "arguments": '{"width": 0}'}, "does not fit Small"),
        ({"network": "Small", "arguments": '{"width": 8}'}, "wrong shape of 0.weight"),
        ({"network": "Small", "arguments": '{"width": 1e30}'}, "impossible size"),
        ({"network": "Small", "arguments": '{"width": 9000}'}, "asks for 288013 numbers and holds"),
    ],
)
def test_metadata_that_fit_nothing(tmp_path: Path, metadata: dict[str, str], says: str) -> None:
    save_safetensors(tmp_path / "a.safetensors", small().state_dict(), metadata)
    with pytest.raises(InputError, match=rf"a\.safetensors.*{says}"):
        build(tmp_path / "a.safetensors")


@pytest.mark.usefixtures("registered")
def test_files_of_a_run_are_built_from_its_options(tmp_path: Path) -> None:
    """With the option that names the network; without options, as the table of known files says."""
    known = KnownFile("a.pth", "Absent", {"width": 4}, {"width": "ngf"}, named_by="netG")
    found = Found(put(tmp_path / "latest_net_X.pth", Small(6).state_dict()), "user", known)
    assert describe(found) == ("Absent", {"width": 4})
    (tmp_path / "options.json").write_text(json.dumps({"netG": "little", "ngf": 6, "lr": 0.1}))
    assert same(build(found, Small), Small(6))
    (tmp_path / "options.json").unlink()
    found = Found(found.path, "user", KnownFile("a.pth", "Small", {}, {"width": "nf"}, companion="opt.json"))
    with pytest.raises(InputError, match=r"opt\.json"):
        build(found)
    (tmp_path / "opt.json").write_text(json.dumps({"netG": "little"}))
    with pytest.raises(InputError, match="lacks the option nf"):
        build(found)
    (tmp_path / "opt.json").write_text(json.dumps({"nf": 6}))
    assert same(build(found), Small(6))


def test_every_known_file_has_a_network() -> None:
    """And files of training runs are known by their names."""
    from module1_audio2lmk.networks import NETWORKS

    assert {known.network for known in KNOWN.values()} <= {*NETWORKS, *networks.NETWORKS}
    assert known_run("run/latest_net_G_A.pth").network == "WarpGenerator"
    assert known_run("run/20_net_M.pth").network == "MobileFaceNet"
    for name in ("latest.pth", "latest_net_D_A.pth"):
        with pytest.raises(InputError, match=rf"{name} is not named as .* \*_net_G_A\.pth"):
            known_run(name)


def test_a_state_dict_that_is_not_nested_loads_too(tmp_path: Path) -> None:
    state = small().state_dict()
    read = load_state(put(tmp_path / "a.pth", state), "model")
    assert read.keys() == state.keys()


def test_unused_statistics_of_instance_norm_are_ignored(tmp_path: Path) -> None:
    source, target = small(0), small(1)
    state = dict(source.state_dict())
    state |= {
        "1.running_mean": torch.zeros(4),
        "1.running_var": torch.ones(4),
        "1.num_batches_tracked": torch.tensor(1),
    }
    load_into(target, state, "a.pth")
    assert same(source, target)
    with pytest.raises(InputError, match=r"unexpected 0\.running_mean"):
        load_into(target, source.state_dict() | {"0.running_mean": torch.zeros(4)}, "a.pth")


def test_a_missing_batch_counter_is_no_fault() -> None:
    source, target = small(0), small(1)
    state = {name: value for name, value in source.state_dict().items() if "num_batches" not in name}
    load_into(target, state, "a.pth")
    assert same(source, target)


def test_faults_name_file_and_tensor() -> None:
    state = dict(small().state_dict())
    kept = dict(state)
    state["3.weight"] = torch.zeros(2, 6)
    state["4.weight"] = torch.zeros(1)
    del state["0.weight"]
    target = small(1)
    before = {name: value.clone() for name, value in target.state_dict().items()}
    with pytest.raises(InputError) as caught:
        load_into(target, state, "folder/a.pth")
    message = str(caught.value)
    assert message.startswith("folder/a.pth does not fit Small: missing 0.weight")
    assert "wrong shape of 3.weight: (2, 6), not (2, 5)" in message
    assert "unexpected 4.weight" in message
    assert all(torch.equal(value, before[name]) for name, value in target.state_dict().items())
    kept["0.weight"] = kept["0.weight"] * torch.nan
    with pytest.raises(InputError, match=r"not finite 0\.weight"):
        load_into(target, kept, "a.pth")


def test_many_faults_stay_one_line() -> None:
    with pytest.raises(InputError, match=r"missing 0\.weight, .* and \d+ more$"):
        load_into(small(), {"x": torch.zeros(1)}, "a.pth")


class Harmful:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return Path.write_text, (Path("harm_was_done"), "x")


def test_code_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "a.pth", {"model": small().state_dict(), "extra": Harmful()})
    (tmp_path / "b.pth").write_bytes(pickle.dumps(Harmful()))
    for name in ("a.pth", "b.pth"):
        with pytest.raises(InputError, match=name):
            load_state(tmp_path / name, "model")
    assert not (tmp_path / "harm_was_done").exists()


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
@pytest.mark.parametrize("kept", [0.0, 0.02, 0.5, 0.95])
def test_damaged_files(tmp_path: Path, suffix: str, kept: float) -> None:
    path = tmp_path / f"cut.{suffix}"
    if suffix == "pth":
        put(path, small().state_dict())
    else:
        save_safetensors(path, small().state_dict())
    content = path.read_bytes()
    for left in (content[: int(len(content) * kept)], b"<html>too many downloads</html>"):
        path.write_bytes(left)
        with pytest.raises(InputError, match=f"cut.{suffix}"):
            load_state(path)


@pytest.mark.parametrize("content", [{}, [1, 2], {"model": {"a": 1}}, {"a": "text"}, torch.zeros(3)])
def test_files_without_a_state_dict(tmp_path: Path, content: object) -> None:
    with pytest.raises(InputError, match="is it the right file"):
        load_state(put(tmp_path / "a.pth", content), "model")
