import pytest

from engine.document.kinds import KINDS
from engine.document.search import search, symbol
from engine.op import OPS


def names(text: str) -> list[str]:
    return [op.name for op in search(text)]


def test_no_text_gives_every_frame_and_every_op_in_its_own_order() -> None:
    assert names("  ") == [*KINDS, *OPS]


def test_a_frame_is_found_by_its_name_and_by_what_it_is_called_elsewhere() -> None:
    assert names("while")[0] == "while"
    assert names("no_grad")[0] == names("torch.no_grad")[0] == names("no grad")[0] == "no_grad"
    assert "while" in names("loop")
    assert "comment" in names("note")


def test_a_wire_in_hand_finds_no_frame() -> None:
    assert not {"while", "no_grad", "comment"} & {op.name for op in search("", accepts=lambda op: True)}


def test_the_very_name_comes_first() -> None:
    assert names("sum")[0] == "sum"
    assert names("Add")[0] == "add"


def test_a_symbol_finds_its_op() -> None:
    assert names("*")[0] == "mul"
    assert names("@")[0] == "matmul"
    assert names("√")[0] == "sqrt"


def test_a_sign_is_not_its_small_letter() -> None:
    assert names("Σ")[0] == "sum"
    assert names("σ")[0] == "sigmoid"


@pytest.mark.parametrize(
    ("text", "op"),
    [
        ("F.gelu", "gelu"),
        ("nn.functional.relu", "relu"),
        ("torch.multiply", "mul"),
        ("multiply", "mul"),
        ("x.exp()", "exp"),
        ("Tensor.view", "view"),
        ("np.tanh", "tanh"),
        ("softmax", "softmax"),
        ("log softmax", "log_softmax"),
        ("argmax", "argmax"),
        ("torch.sum", "sum"),
    ],
)
def test_a_name_in_torch_finds_its_op_first(text: str, op: str) -> None:
    assert names(text)[0] == op


def test_what_torch_names_comes_before_what_only_contains_it() -> None:
    assert names("F.relu")[0] == "relu"
    assert names("F.") == names("torch.nn.functional.")
    assert "cross_entropy" in names("F.")
    assert names("torch.qqqq") == []


def test_a_word_of_the_help_finds_an_op_last() -> None:
    found = names("logarithm")
    assert found[0].startswith("log")
    assert "mul" in names("multiplies")


def test_a_prefix_comes_before_a_substring() -> None:
    found = names("mu")
    assert found.index("mul") < found.index("matmul")


def test_a_word_inside_an_alias_is_found() -> None:
    assert "sqrt" in names("root")


def test_a_category_finds_its_ops() -> None:
    assert {"sum", "mean"} <= set(names("reduction"))


def test_nonsense_finds_nothing() -> None:
    assert names("qqqq") == []


def test_ops_that_do_not_fit_are_left_out() -> None:
    assert all(op.ports for op in search("", accepts=lambda op: bool(op.ports)))
    assert OPS["ones"] not in search("ones", accepts=lambda op: bool(op.ports))


def test_symbols_are_signs_and_never_words() -> None:
    assert symbol(OPS["mul"]) == "×"
    assert symbol(OPS["matmul"]) == "@"
    assert symbol(OPS["sum"]) == "Σ"
    assert symbol(OPS["tensor"]) == ""
    assert symbol(OPS["nansum"]) == ""


def test_the_symbol_is_the_one_of_the_formula() -> None:
    assert [symbol(OPS[op]) for op in ("pow", "div", "log", "neg", "eq")] == ["^", "/", "ln", "-", "="]


def test_a_symbol_stands_for_one_op_only() -> None:
    assert [symbol(OPS[op]) for op in ("mm", "mv", "dot", "bmm")] == [""] * 4
