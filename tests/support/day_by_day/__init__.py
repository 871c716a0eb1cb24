"""An independent judge of one case, written literally from the page of time rules: slow, day by day, for comparison.

It shares no line and no import with the production judge. Where the page leaves a doubt, the choice is written beside
the sentence it interprets.
"""

from tests.support.day_by_day.judgement import judge_day_by_day

__all__ = ["judge_day_by_day"]
