"""Modules: torch's first numbers, torch's printed text, torch's refusals; what is where in a module."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from engine import torch
from engine.torch import nn

NAMES = {"torch": torch, "nn": nn}


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def test_layers_start_with_torchs_numbers() -> None:
    linear = nn.Linear(3, 2)
    assert repr(linear.weight) == (
        "Parameter containing:\n"
        "tensor([[-0.0043,  0.3097, -0.4752],\n        [-0.4249, -0.2224,  0.1548]], requires_grad=True)"
    )
    assert repr(linear.bias) == "Parameter containing:\ntensor([-0.0114,  0.4578], requires_grad=True)"
    torch.manual_seed(0)
    convolution = nn.Conv2d(2, 2, 2)
    assert convolution.weight.flatten()[:2].tolist() == [-0.0026469905860722065, 0.18966144323349]
    assert convolution.bias.tolist() == [0.13977210223674774, 0.21214008331298828]
    torch.manual_seed(0)
    assert nn.Embedding(2, 2).weight.tolist() == [
        [1.5409960746765137, -0.293428897857666],
        [-2.1787893772125244, 0.5684312582015991],
    ]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("xavier_uniform_", "tensor([[-0.0082,  0.5876, -0.9016],\n        [-0.8062, -0.4219,  0.2938]])"),
        ("xavier_normal_", "tensor([[ 0.9746, -0.1856, -1.3780],\n        [ 0.3595, -0.6859, -0.8845]])"),
        ("kaiming_uniform_", "tensor([[-0.0106,  0.7586, -1.1640],\n        [-1.0408, -0.5447,  0.3792]])"),
        ("kaiming_normal_", "tensor([[ 1.2582, -0.2396, -1.7790],\n        [ 0.4641, -0.8855, -1.1419]])"),
        ("orthogonal_", "tensor([[ 0.5740, -0.1093, -0.8115],\n        [-0.3454, -0.9309, -0.1189]])"),
        ("trunc_normal_", "tensor([[ 1.5410, -0.2934, -0.7193],\n        [ 0.5684, -1.0845, -1.3986]])"),
        ("eye_", "tensor([[1., 0., 0.],\n        [0., 1., 0.]])"),
    ],
)
def test_initializations_give_torchs_numbers(text: str, printed: str) -> None:
    assert repr(getattr(nn.init, text)(torch.empty(2, 3))) == printed


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("nn.Linear(3, 2, bias=False)", "Linear(in_features=3, out_features=2, bias=False)"),
        ("nn.Bilinear(2, 3, 4)", "Bilinear(in1_features=2, in2_features=3, out_features=4, bias=True)"),
        ("nn.Conv2d(2, 4, 3, padding=1, bias=False)",
         "Conv2d(2, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)"),
        ("nn.Conv1d(2, 4, 3, padding='same')", "Conv1d(2, 4, kernel_size=(3,), stride=(1,), padding=same)"),
        ("nn.ConvTranspose2d(2, 4, 3, output_padding=1, stride=2)",
         "ConvTranspose2d(2, 4, kernel_size=(3, 3), stride=(2, 2), output_padding=(1, 1))"),
        ("nn.MaxPool2d(2)", "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"),
        ("nn.AvgPool1d(2)", "AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))"),
        ("nn.AdaptiveAvgPool2d((1, 1))", "AdaptiveAvgPool2d(output_size=(1, 1))"),
        ("nn.BatchNorm1d(3)",
         "BatchNorm1d(3, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)"),
        ("nn.LayerNorm(3)", "LayerNorm((3,), eps=1e-05, elementwise_affine=True, bias=True)"),
        ("nn.GroupNorm(2, 4)", "GroupNorm(2, 4, eps=1e-05, affine=True, bias=True)"),
        ("nn.RMSNorm(3)", "RMSNorm((3,), eps=None, elementwise_affine=True)"),
        ("nn.Embedding(10, 3, padding_idx=-1)", "Embedding(10, 3, padding_idx=9)"),
        ("nn.Dropout(0.3)", "Dropout(p=0.3, inplace=False)"),
        ("nn.ReLU()", "ReLU()"),
        ("nn.ReLU(inplace=True)", "ReLU(inplace=True)"),
        ("nn.LeakyReLU(0.2, True)", "LeakyReLU(negative_slope=0.2, inplace=True)"),
        ("nn.GELU('tanh')", "GELU(approximate='tanh')"),
        ("nn.Hardshrink()", "Hardshrink(0.5)"),
        ("nn.Softplus()", "Softplus(beta=1.0, threshold=20.0)"),
        ("nn.Softmax(dim=1)", "Softmax(dim=1)"),
        ("nn.PReLU()", "PReLU(num_parameters=1)"),
        ("nn.CrossEntropyLoss(label_smoothing=0.1)", "CrossEntropyLoss()"),
        ("nn.Upsample(scale_factor=2)", "Upsample(scale_factor=2.0, mode='nearest')"),
        ("nn.LSTM(2, 3, 2, batch_first=True)", "LSTM(2, 3, num_layers=2, batch_first=True)"),
        ("nn.GRUCell(2, 3)", "GRUCell(2, 3)"),
        ("nn.Flatten()", "Flatten(start_dim=1, end_dim=-1)"),
        ("nn.Sequential()", "Sequential()"),
        ("nn.Sequential(nn.Tanh(), nn.Sequential(nn.ReLU()))",
         "Sequential(\n  (0): Tanh()\n  (1): Sequential(\n    (0): ReLU()\n  )\n)"),
        ("nn.ModuleList([nn.Tanh(), nn.Tanh(), nn.ReLU()])", "ModuleList(\n  (0-1): 2 x Tanh()\n  (2): ReLU()\n)"),
        ("nn.ModuleDict({'a': nn.Tanh()})", "ModuleDict(\n  (a): Tanh()\n)"),
        ("nn.ParameterList([torch.ones(2, 3)])",
         "ParameterList(  (0): Parameter containing: [torch.float32 of size 2x3])"),
        ("nn.Parameter(torch.tensor(2.0))", "Parameter containing:\ntensor(2., requires_grad=True)"),
    ],
)  # fmt: skip
def test_a_module_prints_as_torch_prints_it(text: str, printed: str) -> None:
    assert repr(eval(text, NAMES)) == printed


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("nn.Module()(3)", NotImplementedError, 'Module [Module] is missing the required "forward" function'),
        ("nn.Linear(2, 3).foo", AttributeError, "'Linear' object has no attribute 'foo'"),
        ("nn.Linear(2, 1).__setattr__('weight', torch.ones(2))", TypeError,
         "cannot assign 'torch.FloatTensor' as parameter 'weight' (torch.nn.Parameter or None expected)"),
        ("nn.Sequential(nn.ReLU()).__setattr__('0', 3)", TypeError,
         "cannot assign 'int' as child module '0' (torch.nn.Module or None expected)"),
        ("nn.Linear(2, 1).register_parameter('q', torch.ones(2))", TypeError,
         "cannot assign 'torch.FloatTensor' object to parameter 'q' (torch.nn.Parameter or None required)"),
        ("nn.Linear(2, 1).register_buffer('weight', None)", KeyError, "\"attribute 'weight' already exists\""),
        ("nn.Sequential(3)", TypeError, "int is not a Module subclass"),
        ("nn.Linear(2, 3).load_state_dict({'weight': torch.ones(3, 3), 'foo': torch.ones(3)})", RuntimeError,
         'Error(s) in loading state_dict for Linear:\n\tMissing key(s) in state_dict: "bias". \n\tUnexpected key(s) in '
         'state_dict: "foo". \n\tsize mismatch for weight: copying a param with shape torch.Size([3, 3]) from '
         "checkpoint, the shape in current model is torch.Size([3, 2])."),
        ("nn.Linear(2, 3).load_state_dict(3)", TypeError,
         "Expected state_dict to be dict-like, got <class 'int'>."),
        ("nn.Linear(2, 1).to(torch.int64)", TypeError,
         "nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=torch.int64"),
        ("nn.Linear(2, 1).train('a')", ValueError, "training mode is expected to be boolean"),
        ("nn.Sequential(nn.ReLU())[5]", IndexError, "index 5 is out of range"),
        ("nn.Threshold(0.1)", TypeError, "Threshold.__init__() missing 1 required positional argument: 'value'"),
        ("nn.Dropout(1.5)", ValueError, "dropout probability has to be between 0 and 1, but got 1.5"),
        ("nn.Conv2d(3, 4, 3, groups=2)", ValueError, "in_channels must be divisible by groups"),
        ("nn.BatchNorm2d(3)(torch.ones(3))", ValueError, "expected 4D input (got 1D input)"),
        ("nn.GroupNorm(3, 4)", ValueError, "num_channels (4) must be divisible by num_groups (3)"),
        ("nn.init.xavier_uniform_(torch.empty(3))", ValueError,
         "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"),
        ("nn.init.calculate_gain('foo')", ValueError, "Unsupported nonlinearity foo"),
        ("nn.Parameter(torch.ones(2, dtype=torch.int64))", RuntimeError,
         "Only Tensors of floating point and complex dtype can require gradients"),
    ],
)  # fmt: skip
def test_a_wrong_use_is_refused_in_torchs_words(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        eval(text, NAMES)
    assert str(raised.value) == message


class Net(nn.Module):
    """Two layers, one of them twice, and a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.again = self.first
        self.inner = nn.Sequential(nn.Tanh(), nn.Linear(3, 1))
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("seen", torch.zeros(1))
        self.register_buffer("passing", torch.zeros(1), persistent=False)

    def forward(self, x: Any) -> Any:
        return self.inner(self.first(x)) * self.scale


def test_parameters_are_found_by_dotted_names_each_once() -> None:
    net = Net()
    assert [name for name, _ in net.named_parameters()] == [
        "scale", "first.weight", "first.bias", "inner.1.weight", "inner.1.bias",
    ]  # fmt: skip
    assert [name for name, _ in net.named_modules()] == ["", "first", "inner", "inner.0", "inner.1"]
    assert [name for name, _ in net.named_children()] == ["first", "inner"]
    assert [name for name, _ in net.named_buffers()] == ["seen", "passing"]
    assert "again.weight" in net.state_dict()
    assert "passing" not in net.state_dict()
    assert net.get_parameter("inner.1.bias") is net.inner[1].bias


def test_a_state_goes_from_one_module_into_another() -> None:
    one, other = Net(), Net()
    assert repr(other.load_state_dict(one.state_dict())) == "<All keys matched successfully>"
    x = torch.randn(4, 2)
    assert torch.equal(one(x), other(x))
    one.first.weight.data.zero_()
    assert not torch.equal(one(x), other(x))


def test_a_parameter_is_a_tensor_on_the_straight_way() -> None:
    parameter = nn.Parameter(torch.ones(2))
    assert parameter.__class__ is torch.Tensor
    assert isinstance(parameter, nn.Parameter)
    assert not isinstance(torch.ones(2), nn.Parameter)
    assert not isinstance(parameter + 1, nn.Parameter)
    assert isinstance(copy.deepcopy(parameter), nn.Parameter)
    assert copy.deepcopy(Net()).scale is not None


def test_a_parameter_shares_the_memory_of_its_data() -> None:
    data = torch.zeros(2)
    parameter = nn.Parameter(data)
    data[0] = 5.0
    assert parameter.tolist() == [5, 0]


def test_modes_and_dtypes_reach_everything_inside() -> None:
    net = Net().eval().double()
    assert not any(module.training for module in net.modules())
    assert {tensor.dtype for tensor in (*net.parameters(), *net.buffers())} == {torch.float64}
    assert isinstance(net.scale, nn.Parameter)
    assert not any(parameter.requires_grad for parameter in net.requires_grad_(False).parameters())


def test_apply_goes_from_the_inside_out() -> None:
    names: list[str] = []
    nn.Sequential(nn.Sequential(nn.Tanh()), nn.ReLU()).apply(lambda module: names.append(type(module).__name__))
    assert names == ["Tanh", "Sequential", "ReLU", "Sequential"]


def test_hooks_may_replace_what_goes_in_and_what_comes_out() -> None:
    module = nn.Identity()
    before = module.register_forward_pre_hook(lambda module, args: (args[0] + 1,))
    after = module.register_forward_hook(lambda module, args, output: output * 10)
    assert module(torch.tensor(1.0)).item() == 20
    before.remove()
    after.remove()
    assert module(torch.tensor(1.0)).item() == 1


def test_zero_grad_forgets_the_gradients() -> None:
    net = Net()
    net(torch.ones(1, 2)).sum().backward()
    assert net.scale.grad is not None
    net.zero_grad(set_to_none=False)
    assert net.scale.grad.tolist() == [0]
    net.zero_grad()
    assert net.scale.grad is None


def test_batch_norm_remembers_its_batches() -> None:
    norm = nn.BatchNorm1d(2)
    x = torch.tensor([[1.0, 2.0], [3.0, 6.0]])
    assert torch.allclose(norm(x), torch.tensor([[-1.0, -1.0], [1.0, 1.0]]), atol=1e-4)
    assert norm.running_mean.tolist() == pytest.approx([0.2, 0.4])
    assert norm.running_var.tolist() == pytest.approx([1.1, 1.7])
    assert norm.num_batches_tracked.item() == 1
    assert norm.eval()(x).tolist()[0] == pytest.approx([0.7628, 1.2271], abs=1e-4)


def test_a_recurrent_layer_gives_torchs_numbers() -> None:
    output, (hidden, cell) = nn.LSTM(2, 3)(torch.randn(2, 1, 2))
    assert output[-1].tolist()[0] == pytest.approx([0.4203, -0.0681, -0.1178], abs=1e-4)
    assert torch.equal(hidden[0], output[-1])
    assert cell.shape == (1, 1, 3)


def test_attention_does_not_look_where_the_mask_is() -> None:
    x = torch.randn(3, 1, 4)
    later = torch.triu(torch.ones(3, 3), 1) > 0
    output, weights = nn.MultiheadAttention(4, 2)(x, x, x, attn_mask=later)
    assert output.shape == (3, 1, 4)
    assert weights[0, 0].tolist() == [1, 0, 0]
    assert weights.sum(-1).tolist()[0] == pytest.approx([1, 1, 1])


def test_gradients_are_kept_in_bounds_together_or_one_by_one() -> None:
    linear = nn.Linear(3, 2)
    for parameter in linear.parameters():
        parameter.grad = torch.full_like(parameter, 3.0)
    assert nn.utils.clip_grad_norm_(linear.parameters(), 1.0).item() == pytest.approx(8.485281)
    assert linear.bias.grad.tolist() == pytest.approx([0.35355335] * 2)
    nn.utils.clip_grad_value_(linear.parameters(), 0.1)
    assert linear.bias.grad.tolist() == pytest.approx([0.1, 0.1])


def test_parameters_go_into_a_vector_and_back() -> None:
    linear = nn.Linear(2, 1)
    assert nn.utils.parameters_to_vector(linear.parameters()).shape == (3,)
    nn.utils.vector_to_parameters(torch.arange(3.0), linear.parameters())
    assert linear.weight.tolist() == [[0, 1]]
    assert linear.bias.tolist() == [2]


def test_a_small_network_learns_as_it_does_in_torch() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    x, y = torch.randn(8, 2), torch.randn(8, 1)
    optimizer, criterion = torch.optim.Adam(model.parameters(), lr=0.05), nn.MSELoss()
    for _ in range(20):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    assert repr(loss) == "tensor(0.9375, grad_fn=<MseLossBackward0>)"


def test_a_module_that_is_not_here_is_told_with_the_nearest_name() -> None:
    with pytest.raises(AttributeError, match=r"torch\.nn\.Linera does not exist in this engine; .*torch\.nn\.Linear"):
        _ = nn.Linera
