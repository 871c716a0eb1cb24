"""The State Council's holiday notices built into the product, and the holidays fixed by date in the 放假办法."""

from monitor.domain.notices.state_council import FIXED_HOLIDAYS, NOTICES, Holiday, Notice

__all__ = ["FIXED_HOLIDAYS", "NOTICES", "Holiday", "Notice"]
