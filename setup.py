"""A shim for tools that still call setup.py; pyproject.toml is the only metadata."""

import re
from pathlib import Path

from setuptools import setup

package = Path(__file__).parent / "pipeline_ext" / "__init__.py"
setup(version=re.search(r'^__version__ = "(.+)"$', package.read_text(), re.MULTILINE).group(1))
