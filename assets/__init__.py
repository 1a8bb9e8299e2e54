"""What the program shows and ships: icons, fonts and examples, found from here wherever it is installed."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent
