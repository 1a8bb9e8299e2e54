"""Colours, fonts and icons: the two themes and the one style sheet.

Ink shows values, hue shows gradients: blue is positive, orange negative, and colour is spent on nothing else that
moves. Contrast was computed for every text token (>= 4.5:1 on its ground).
"""

from __future__ import annotations

import atexit
import dataclasses
import re
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

import assets

UI_FAMILY = "Inter"
MONO_FAMILY = "JetBrains Mono"


@dataclass(frozen=True, eq=False)
class Theme:
    """One set of colours, each as ``#RRGGBB``."""

    name: str
    canvas: str
    dot: str
    dock: str
    node: str
    header: str
    raised: str
    hover: str
    border: str
    text: str
    text2: str
    muted: str
    ink_low: str  # values: the darkest ink (negative)
    ink_high: str  # values: the brightest ink (positive)
    positive: str
    negative: str
    zero: str
    chip_positive: str
    chip_positive_text: str
    chip_negative: str
    chip_negative_text: str
    edge: str
    edge_untracked: str
    selection: str
    focus: str
    warn: str
    warn_text: str
    error: str
    error_text: str
    ok: str
    nan: str
    accent: str
    accent_text: str
    shadow: str
    tensor: str
    op: str
    loss: str
    control: str

    @property
    def dark(self) -> bool:
        return self.name == "dark"

    def color(self, token: str, alpha: float = 1.0) -> QColor:
        """The colour of a token by name; `alpha` in 0..1. Shared: copy it before changing it."""
        return _color(getattr(self, token), alpha)

    def category(self, category: str) -> str:
        """The hue of an op's category strip (decoration: icon and silhouette tell the category first)."""
        return {"source": self.tensor, "loss": self.loss, "control": self.control}.get(category, self.op)

    def stylesheet(self, base_px: int = 12) -> str:
        """`assets/style.qss` with every ``@token`` replaced.

        ``@px(13)`` scales with the base font size; ``@icon(check, text)`` is an icon in the colour of a token.
        """
        text = (assets.ROOT / "style.qss").read_text(encoding="utf-8")
        tokens = {field.name: str(getattr(self, field.name)) for field in dataclasses.fields(self)}
        tokens |= {"ui_family": UI_FAMILY, "mono_family": MONO_FAMILY}
        text = re.sub(r"@icon\(([\w-]+), (\w+)\)", lambda m: f'url("{icon_file(m[1], tokens[m[2]])}")', text)
        text = re.sub(r"@px\((\d+)\)", lambda m: f"{round(int(m[1]) * base_px / 12)}px", text)
        return re.sub(r"@(\w+)", lambda m: tokens[m[1]], text)

    def palette(self) -> QPalette:
        """For what a style sheet does not reach: dialogs, tooltips, placeholder text."""
        palette = QPalette()
        role = QPalette.ColorRole
        for roles, token in (
            ((role.Window, role.ToolTipBase, role.AlternateBase), "dock"),
            ((role.Base, role.Button), "raised"),
            ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText), "text"),
            ((role.PlaceholderText,), "muted"),
            ((role.Highlight, role.Link), "accent"),
            ((role.HighlightedText,), "accent_text"),
            ((role.Mid, role.Dark, role.Light, role.Midlight), "border"),
        ):
            for each in roles:
                palette.setColor(each, self.color(token))
        for each in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, each, self.color("muted"))
        return palette


DARK = Theme(
    name="dark",
    canvas="#14171C", dot="#2A2F39", dock="#1A1D23", node="#22262F", header="#2B303A", raised="#2B303A",
    hover="#363C48", border="#3D4552",
    text="#E9EDF3", text2="#AAB4C3", muted="#8A95A6",
    ink_low="#3A414D", ink_high="#E6E9EF",
    positive="#5AA9FF", negative="#FF9A3D", zero="#3A414D",
    chip_positive="#1B3350", chip_positive_text="#CFE6FF",
    chip_negative="#4A2C10", chip_negative_text="#FFE0BF",
    edge="#B9C2CF", edge_untracked="#6B7586", selection="#FFFFFF", focus="#C9A7FF",
    warn="#F4D03F", warn_text="#1A1300", error="#FF6473", error_text="#2A1216", ok="#4FD69C", nan="#FF5FD7",
    accent="#5AA9FF", accent_text="#0B1B2E", shadow="#000000",
    tensor="#B79CFF", op="#3FC6B6", loss="#F58FB4", control="#F0DC6A",
)  # fmt: skip

LIGHT = Theme(
    name="light",
    canvas="#F4F6F9", dot="#D3DAE3", dock="#FFFFFF", node="#FFFFFF", header="#EEF1F5", raised="#EEF1F5",
    hover="#E2E7EE", border="#C3CBD6",
    text="#171B22", text2="#4A5565", muted="#667184",
    ink_low="#8E98A7", ink_high="#EAEDF2",
    positive="#0B63C4", negative="#B8500A", zero="#D9DFE7",
    chip_positive="#DCEBFC", chip_positive_text="#063B7A",
    chip_negative="#FCE6D3", chip_negative_text="#6E2E00",
    edge="#4A5565", edge_untracked="#818B9A", selection="#111418", focus="#6B3FD4",
    warn="#FFE27A", warn_text="#3D2E00", error="#B3123A", error_text="#FFFFFF", ok="#0B7A4B", nan="#A8118A",
    accent="#0B63C4", accent_text="#FFFFFF", shadow="#5B6472",
    tensor="#5B34C9", op="#0A8A7D", loss="#A3195B", control="#6B5600",
)  # fmt: skip

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def luminance(color: QColor) -> float:
    """WCAG 2 relative luminance, 0..1."""

    def linear(c: float) -> float:
        return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4

    red, green, blue = linear(color.redF()), linear(color.greenF()), linear(color.blueF())
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2 contrast ratio, 1..21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@cache
def _color(name: str, alpha: float) -> QColor:
    color = QColor(name)
    color.setAlphaF(alpha)
    return color


_BLACK, _WHITE = QColor("#050608"), QColor("#FFFFFF")


def text_on(ground: QColor) -> QColor:
    """Black or white, whichever stands out more on `ground` (at worst 4.5:1)."""
    return _text_on(ground.rgb())


@lru_cache(maxsize=4096)
def _text_on(rgb: int) -> QColor:
    ground = QColor.fromRgb(rgb)
    return _BLACK if contrast(_BLACK, ground) >= contrast(_WHITE, ground) else _WHITE


def mix(one: QColor, other: QColor, share: float) -> QColor:
    """`one` with `share` (0..1) of `other` mixed in, in sRGB."""
    keep = 1.0 - share
    return QColor.fromRgbF(
        one.redF() * keep + other.redF() * share,
        one.greenF() * keep + other.greenF() * share,
        one.blueF() * keep + other.blueF() * share,
    )


@cache
def load_fonts() -> None:
    """Make the bundled families known, so that the program looks alike everywhere. Needs a QApplication."""
    for path in sorted((assets.ROOT / "fonts").glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(path))


@cache
def font(px: float, weight: int = 400, mono: bool = False) -> QFont:
    """The program's font at a pixel size; digits have one width so that numbers do not jump."""
    result = QFont(MONO_FAMILY if mono else UI_FAMILY)
    result.setPixelSize(max(1, round(px)))
    result.setWeight(QFont.Weight(weight))
    if mono:
        result.setStyleHint(QFont.StyleHint.Monospace)
    else:
        result.setFeature(QFont.Tag("tnum"), 1)
    return result


@cache
def _svg(name: str) -> str:
    return (assets.ROOT / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@cache
def icon_pixmap(name: str, color: str, px: int, ratio: float) -> QPixmap:
    """An icon of `assets/icons` in one colour, `px` logical pixels square at the device pixel ratio `ratio`."""
    renderer = QSvgRenderer(QByteArray(_svg(name).replace("currentColor", color).encode()))
    pixmap = QPixmap(round(px * ratio), round(px * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, px * ratio, px * ratio))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def icon(name: str, theme: Theme, token: str = "text") -> QIcon:
    """An icon in the theme's colours, with a muted face for the disabled state."""
    result = QIcon()
    for ratio in (1.0, 2.0):
        result.addPixmap(icon_pixmap(name, getattr(theme, token), 20, ratio))
        result.addPixmap(icon_pixmap(name, theme.edge_untracked, 20, ratio), QIcon.Mode.Disabled)
    return result


@cache
def _icon_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="autograd-canvas-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def icon_file(name: str, color: str) -> str:
    """The path of an icon in one colour, for the style sheet: it shows images from files only, and cannot tint."""
    path = _icon_folder() / f"{name}-{color.removeprefix('#')}.svg"
    path.write_text(_svg(name).replace("currentColor", color), encoding="utf-8")
    return path.as_posix()


def apply_theme(app: QApplication, theme: Theme, base_px: int = 12) -> None:
    """Dress the whole application."""
    load_fonts()
    app.setFont(font(base_px))
    app.setPalette(theme.palette())
    sheet = theme.stylesheet(base_px)
    if app.styleSheet() != sheet:  # dressing every widget takes a while
        app.setStyleSheet(sheet)
