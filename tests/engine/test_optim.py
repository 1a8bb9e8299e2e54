"""Optimizers take torch's steps, keep torch's state and print torch's text."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from engine import torch
from engine.torch import nn, optim
from engine.torch.optim import lr_scheduler


def parameter() -> nn.Parameter:
    return nn.Parameter(torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64))


def loss(x: Any) -> Any:
    return (x**2).sum() + x[0] * x[1]


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("SGD", {"lr": 0.1}, [0.8017, -0.9697699999999999, 0.16384]),
        ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
         [0.006946246746615806, 0.33931801512360577, -0.2081800369068551]),
        ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "maximize": True},
         [0.2855499700000002, -6.442893803, 1.967607936]),
        ("Adam", {"lr": 0.1}, [0.7507035551735889, -1.502961812708936, 0.02781445137060952]),
        ("Adam", {"lr": 0.1, "weight_decay": 0.1, "amsgrad": True},
         [0.7436811281633923, -1.5027093948063708, 0.02781445112488881]),
        ("AdamW", {"lr": 0.1, "weight_decay": 0.3},
         [0.6272660001466451, -1.2518640823583755, -0.007205287772141411]),
        ("RMSprop", {}, [0.8627527139101845, -1.6858138032717431, 0.2215710000520894]),
        ("RMSprop", {"lr": 0.05, "momentum": 0.9}, [-0.6312098847005708, 1.2824117164730493, 0.10251606951532069]),
        ("RMSprop", {"centered": True, "weight_decay": 0.1},
         [0.8084879174921799, -1.6809069293696721, 0.218780397221336]),
        ("Adagrad", {"lr": 0.5, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.2},
         [0.43112082357182135, -0.8164738253108393, 0.00015836317620459553]),
        ("Adadelta", {"lr": 0.5, "weight_decay": 0.1}, [0.9919643712565718, -1.99178909991798, 0.49181568974507056]),
        ("Adamax", {"lr": 0.1, "weight_decay": 0.1}, [0.7608281021676221, -1.5223955821751423, 0.10018372357797059]),
    ],
)  # fmt: skip
def test_five_steps_go_where_torch_goes(name: str, settings: dict[str, Any], expected: list[float]) -> None:
    x = parameter()
    optimizer = getattr(optim, name)([x], **settings)
    for _ in range(5):
        optimizer.zero_grad()
        loss(x).backward()
        optimizer.step()
    assert x.tolist() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax"])
def test_an_optimizer_goes_on_from_the_state_of_another(name: str) -> None:
    settings = {"momentum": 0.9} if name == "SGD" else {}
    x = parameter()
    first = getattr(optim, name)([x], **settings)
    loss(x).backward()
    first.step()
    y = copy.deepcopy(x)
    second = getattr(optim, name)([y], **settings)
    second.load_state_dict(first.state_dict())
    for leaf, optimizer in ((x, first), (y, second)):
        optimizer.zero_grad()
        loss(leaf).backward()
        optimizer.step()
    assert x.tolist() == y.tolist()


def test_an_optimizer_prints_its_groups() -> None:
    x, y = parameter(), parameter()
    optimizer = optim.Adam([{"params": [x], "lr": 0.5}, {"params": y}], betas=(0.8, 0.9))
    assert repr(optimizer).splitlines()[:8] == [
        "Adam (",
        "Parameter Group 0",
        "    amsgrad: False",
        "    betas: (0.8, 0.9)",
        "    capturable: False",
        "    decoupled_weight_decay: False",
        "    differentiable: False",
        "    eps: 1e-08",
    ]
    assert repr(optim.SGD([x], lr=0.1)) == (
        "SGD (\nParameter Group 0\n    dampening: 0\n    differentiable: False\n    foreach: None\n    fused: None\n"
        "    lr: 0.1\n    maximize: False\n    momentum: 0\n    nesterov: False\n    weight_decay: 0\n)"
    )


def test_state_is_told_by_the_numbers_of_the_parameters() -> None:
    x, y = parameter(), parameter()
    optimizer = optim.Adam([x, y])
    loss(x).backward()
    optimizer.step()
    state = optimizer.state_dict()
    assert [*state["state"]] == [0]
    assert [*state["state"][0]] == ["step", "exp_avg", "exp_avg_sq"]
    assert state["param_groups"][0]["params"] == [0, 1]
    assert repr(state["state"][0]["step"]) == "tensor(1.)"
    assert optim.SGD([x]).state_dict()["state"] == {}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("optim.SGD([x], lr=-1)", ValueError, "Invalid learning rate: -1"),
        ("optim.SGD([x], momentum=-1)", ValueError, "Invalid momentum value: -1"),
        ("optim.SGD([x], nesterov=True)", ValueError, "Nesterov momentum requires a momentum and zero dampening"),
        ("optim.SGD([])", ValueError, "optimizer got an empty parameter list"),
        ("optim.SGD([x * 2])", ValueError, "can't optimize a non-leaf Tensor"),
        ("optim.SGD([3])", TypeError, "optimizer can only optimize Tensors, but one of the params is int"),
        ("optim.SGD(x)", TypeError,
         "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
         "torch.DoubleTensor"),
        ("optim.SGD([x]).add_param_group({'params': [x]})", ValueError,
         "some parameters appear in more than one parameter group"),
        ("optim.Adam([x], betas=(1.0, 0.9))", ValueError, "Invalid beta parameter at index 0: 1.0"),
        ("optim.Adam([x], eps=-1)", ValueError, "Invalid epsilon value: -1"),
        ("optim.Adadelta([x], rho=2)", ValueError, "Invalid rho value: 2"),
        ("optim.SGD([x]).load_state_dict({'state': {}, 'param_groups': []})", ValueError,
         "loaded state dict has a different number of parameter groups"),
        ("lr_scheduler.StepLR(3, 1)", TypeError, "int is not an Optimizer"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_in_torchs_words(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        eval(text, {"optim": optim, "lr_scheduler": lr_scheduler, "x": parameter()})
    assert str(raised.value) == message


def test_zero_grad_forgets_or_zeroes() -> None:
    x = parameter()
    optimizer = optim.SGD([x])
    loss(x).backward()
    optimizer.zero_grad(set_to_none=False)
    assert x.grad is not None
    assert x.grad.tolist() == [0, 0, 0]
    optimizer.zero_grad()
    assert x.grad is None


def test_a_closure_computes_the_loss_even_where_nothing_is_recorded() -> None:
    x = parameter()
    optimizer = optim.SGD([x], lr=0.1)

    def again() -> Any:
        optimizer.zero_grad()
        now = loss(x)
        now.backward()
        return now

    with torch.no_grad():
        assert optimizer.step(again).item() == 3.25
    assert x.tolist() == pytest.approx([1.0, -1.7, 0.4])


def test_a_step_is_a_change_that_a_kept_graph_notices() -> None:
    x = parameter()
    y = (x * x).sum()
    y.backward(retain_graph=True)
    optim.SGD([x], lr=0.1).step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_a_parameter_without_dimensions_is_changed_too() -> None:
    x = nn.Parameter(torch.tensor(2.0))
    optimizer = optim.SGD([x], lr=0.5, momentum=0.5)
    for _ in range(2):
        optimizer.zero_grad()
        (x * 3).backward()
        optimizer.step()
    assert x.item() == -1.75


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("StepLR(o, 2)", [0.1, 0.01, 0.01, 0.001, 0.001]),
        ("ExponentialLR(o, 0.9)", [0.09, 0.081, 0.0729, 0.06561, 0.059049]),
        ("CosineAnnealingLR(o, 4)", [0.085355339, 0.05, 0.014644661, 0.0, 0.014644661]),
        ("LambdaLR(o, lambda epoch: 0.95**epoch)", [0.095, 0.09025, 0.0857375, 0.081450625, 0.077378094]),
        ("MultiStepLR(o, [1, 3])", [0.01, 0.01, 0.001, 0.001, 0.001]),
        ("LinearLR(o, total_iters=3)", [0.055555556, 0.077777778, 0.1, 0.1, 0.1]),
        ("ConstantLR(o, total_iters=2)", [0.033333333, 0.1, 0.1, 0.1, 0.1]),
        ("MultiplicativeLR(o, lambda epoch: 0.5)", [0.05, 0.025, 0.0125, 0.00625, 0.003125]),
        ("PolynomialLR(o, 4)", [0.075, 0.05, 0.025, 0.0, 0.0]),
    ],
)
def test_learning_rates_change_as_torchs_do(text: str, expected: list[float]) -> None:
    optimizer = optim.SGD([parameter()], lr=0.1)
    scheduler = eval(f"lr_scheduler.{text}", {"lr_scheduler": lr_scheduler, "o": optimizer})
    found = []
    for _ in range(5):
        optimizer.step()
        scheduler.step()
        found.extend(scheduler.get_last_lr())
    assert found == pytest.approx(expected, abs=1e-9)


def test_a_plateau_makes_the_learning_rate_smaller() -> None:
    optimizer = optim.SGD([parameter()], lr=0.1)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
    for measure in (1.0, 0.9, 0.9, 0.9):
        scheduler.step(measure)
    assert scheduler.get_last_lr() == pytest.approx([0.01])


def test_a_scheduler_that_comes_before_the_optimizer_is_warned_about() -> None:
    scheduler = lr_scheduler.StepLR(optim.SGD([parameter()]), 2)
    with pytest.warns(UserWarning, match=r"Detected call of `lr_scheduler.step\(\)` before `optimizer.step\(\)`"):
        scheduler.step()
