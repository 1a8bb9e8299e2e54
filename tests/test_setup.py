"""What is installed, shipped and drawn is there and fits together."""

from __future__ import annotations

import re
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo, QFontMetricsF, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from pytestqt.qtbot import QtBot

from assets import ROOT as ASSETS

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ICONS = sorted((ASSETS / "icons").glob("*.svg"))
LINE_ICONS = [path for path in ICONS if path.stem != "app"]


def lock() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pins}


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_lock_answers_every_dependency(python: str) -> None:
    for text in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]:
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate({"python_version": python}):
            assert wanted.specifier.contains(lock()[canonicalize_name(wanted.name)]), text


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_no_python_is_offered_a_pyside_that_aborts_on_it(python: str) -> None:
    wanted = [Requirement(text) for text in PROJECT["dependencies"] if text.startswith("PySide6")]
    [here] = [w for w in wanted if w.marker is not None and w.marker.evaluate({"python_version": python})]
    assert here.specifier.contains("6.12.0") == (python != "3.11")
    assert not any(here.specifier.contains(bad) for bad in ("6.8.0", "6.9.1", "6.10.0"))


def test_every_category_of_ops_has_an_icon() -> None:
    import engine.ops
    from engine.op import OPS

    assert engine.ops
    assert {op.category for op in OPS.values()} <= {path.stem for path in ICONS}


def test_every_icon_is_shown_somewhere() -> None:
    from engine.op import OPS

    style = (ASSETS / "style.qss").read_text("utf-8")
    asked = set(re.findall(r"@icon\(([\w-]+),", style)) | {op.category for op in OPS.values()}
    for path in (ROOT / "gui").rglob("*.py"):
        asked |= set(re.findall(r'"([\w-]+)"', path.read_text("utf-8")))
    assert {path.stem for path in ICONS} <= asked


@pytest.mark.parametrize("path", LINE_ICONS, ids=lambda path: path.stem)
def test_an_icon_is_one_stroke_in_one_replaceable_colour(path: Path) -> None:
    root = ElementTree.parse(path).getroot()
    assert root.get("viewBox") == "0 0 20 20"
    assert root.get("stroke-width") == "1.6"
    colours = set(re.findall(r'(?:fill|stroke)="([^"]*)"', path.read_text("utf-8")))
    assert colours <= {"currentColor", "none"}


@pytest.mark.parametrize("path", ICONS, ids=lambda path: path.stem)
def test_an_icon_is_drawn_inside_its_square(path: Path, qtbot: QtBot) -> None:
    renderer = QSvgRenderer(QByteArray(path.read_bytes().replace(b"currentColor", b"#000000")))
    assert renderer.isValid()
    picture = QImage(80, 80, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(0)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(10, 10, 60, 60))
    painter.end()
    inked = [(x, y) for x in range(80) for y in range(80) if picture.pixel(x, y) >> 24]
    assert inked
    assert all(9 <= x <= 70 and 9 <= y <= 70 for x, y in inked)


def test_the_shipped_fonts_bring_their_weights_and_even_figures(qtbot: QtBot) -> None:
    files = [path for path in sorted((ASSETS / "fonts").iterdir()) if path.suffix in {".otf", ".ttf"}]
    for path in files:
        family = path.stem.partition("-")[0].replace("JetBrainsMono", "JetBrains Mono")
        assert family in QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(path)))
        assert (path.parent / f"OFL-{path.stem.partition('-')[0]}.txt").exists()
    for weight in (QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold, QFont.Weight.Bold):
        font = QFont("Inter", weight=weight)
        assert (QFontInfo(font).family(), QFontInfo(font).weight()) == ("Inter", weight)
        font.setFeature(QFont.Tag("tnum"), 1)
        figures = QFontMetricsF(font)
        assert figures.horizontalAdvance("111") == figures.horizontalAdvance("000")
    mono = QFontMetricsF(QFont("JetBrains Mono"))
    assert mono.horizontalAdvance("111") == mono.horizontalAdvance("WWW")
