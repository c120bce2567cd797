"""Loopback servers that speak as embedding services do, strictly, with quotas and faults.

`python -m tests.services` serves them; `Services` does so inside a process. See docs/services.md.
"""

from tests.services.process import Apart, apart
from tests.services.server import Services
from tests.services.traffic import Answered, Settings

__all__ = ["Answered", "Apart", "Services", "Settings", "apart"]
