"""Numbers as JSON: small arrays as nested lists, large ones as base64."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.document.arrays import DTYPES, bad_numbers, compact, decode_array, decode_number, encode_array


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(DTYPES).flatmap(
        lambda name: hnp.arrays(name, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=6))
    )
)
def test_every_array_comes_back_bit_for_bit(array):
    back = decode_array(json.loads(json.dumps(encode_array(array), allow_nan=False)), array.dtype.name)
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    np.testing.assert_array_equal(back, array)
    if array.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(back[back == 0]), np.signbit(array[array == 0]))


def test_small_arrays_are_lists_with_names_for_what_json_lacks():
    array = np.array([[0.1, np.nan], [np.inf, -np.inf]], dtype=np.float32)
    assert encode_array(array) == [[0.1, "nan"], ["inf", "-inf"]]
    assert encode_array(np.array(True)) is True
    assert encode_array(np.array(3, dtype=np.int32)) == 3


def test_large_arrays_are_base64():
    data = encode_array(np.arange(65))
    assert isinstance(data, dict)
    assert (data["dtype"], data["shape"]) == ("int64", [65])
    assert decode_array(data).flags.writeable


def test_lists_become_what_torch_makes_of_them():
    assert decode_array([1, 2]).dtype == np.int64
    assert decode_array([1, 2.0]).dtype == np.float32
    assert decode_array([True, False]).dtype == np.bool_
    assert decode_array([True, 2]).dtype == np.int64
    assert decode_array([]).dtype == np.float32
    assert decode_array(0.1, "float64")[()] == 0.1
    assert decode_array([1.7, 2], "int64").tolist() == [1, 2]
    assert decode_array([2**53 + 1], "int64").tolist() == [2**53 + 1]


def test_numbers_that_json_lacks_are_read_by_name():
    assert [decode_number(value) for value in ("inf", "-inf", 2, None, "sum")] == [
        np.inf,
        -np.inf,
        2,
        None,
        "sum",
    ]
    assert np.isnan(decode_number("nan"))


def test_an_unknown_dtype_cannot_be_encoded():
    with pytest.raises(TypeError):
        encode_array(np.array(1j))


def test_compacting_loses_nothing_that_the_tensor_has():
    data = [0.1] * 65
    for dtype in (None, "float32", "float64"):
        small = decode_array(data, dtype)
        shorter = compact(data, dtype)
        assert isinstance(shorter, dict)
        np.testing.assert_array_equal(decode_array(shorter, dtype), small)
        assert decode_array(shorter, dtype).dtype == small.dtype
    assert compact(data[:64]) is not None
    assert compact(data[1:]) == data[1:]
    assert compact(shorter) is shorter


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ([[1], [2, 3]], "[1]: expected 1 items as in the row before, got 2"),
        ([[1], 2], "[1]: expected a list"),
        ([1, [2]], "[1]: expected a number"),
        ([1, "a"], "[1]: expected a number"),
        ([1, None], "[1]: expected a number"),
        ("a", ": expected a number"),
        (float("nan"), ": expected a finite number"),
        ([[1, 2**63]], "[0][1]: an integer has at most 64 bits"),
        (
            {"dtype": "object", "shape": [1], "base64": ""},
            ".dtype: expected one of float32, float64, int64, int32, bool",
        ),
        ({"dtype": "int32", "shape": [-1], "base64": ""}, ".shape: expected a list of sizes"),
        ({"dtype": "int32", "shape": [True], "base64": ""}, ".shape: expected a list of sizes"),
        ({"dtype": "int32", "shape": 1, "base64": ""}, ".shape: expected a list of sizes"),
        ({"dtype": "int32", "shape": [2**40], "base64": ""}, ".shape: more than 16777216 elements"),
        ({"dtype": "int32", "shape": [0, 2**40], "base64": ""}, ".shape: more than 16777216 elements"),
        ({"dtype": "int32", "shape": [1], "base64": 5}, ".base64: expected text"),
        (
            {"dtype": "int32", "shape": [1], "base64": ""},
            ".base64: 0 characters do not hold 1 elements of int32",
        ),
        ({"dtype": "int32", "shape": [1], "base64": "????????"}, ".base64: not base64"),
        ({"dtype": "int32", "shape": [1], "base64": "éééééééé"}, ".base64: not base64"),
        (
            {"dtype": "int32", "shape": [1], "base64": "AAAAAAAA"},
            ".base64: 6 bytes do not hold 1 elements of int32",
        ),
        ({"dtype": "bool", "shape": [1], "base64": "Ag=="}, ".base64: a bool is 0 or 1"),
        ({}, ".dtype: expected one of float32, float64, int64, int32, bool"),
    ],
)
def test_what_is_no_array_is_told_with_its_place(data, sentence):
    assert bad_numbers(data) == sentence
    with pytest.raises(ValueError, match=r"expected|bits|elements|base64|bytes|bool"):
        decode_array(data)


def test_too_many_dimensions_are_refused():
    data = 1
    for _ in range(33):
        data = [data]
    assert bad_numbers(data) == ": more than 32 dimensions"
