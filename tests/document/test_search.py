from engine.document.search import search, symbol
from engine.op import OPS


def names(text: str) -> list[str]:
    return [op.name for op in search(text)]


def test_no_text_gives_every_op_in_its_own_order() -> None:
    assert names("  ") == list(OPS)


def test_the_very_name_comes_first() -> None:
    assert names("sum")[0] == "sum"
    assert names("Add")[0] == "add"


def test_a_symbol_finds_its_op() -> None:
    assert names("*")[0] == "mul"
    assert names("@")[0] == "matmul"
    assert names("√") == ["sqrt"]


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
    assert search("ones", accepts=lambda op: bool(op.ports)) == []


def test_symbols_are_signs_and_never_words() -> None:
    assert symbol(OPS["mul"]) == "×"
    assert symbol(OPS["matmul"]) == "@"
    assert symbol(OPS["sum"]) == "Σ"
    assert symbol(OPS["tensor"]) == ""


def test_the_symbol_is_the_one_of_the_formula() -> None:
    assert [symbol(OPS[op]) for op in ("pow", "div", "log", "neg", "eq")] == ["^", "/", "ln", "-", "="]


def test_a_symbol_stands_for_one_op_only() -> None:
    assert [symbol(OPS[op]) for op in ("mm", "mv", "dot", "bmm")] == [""] * 4
