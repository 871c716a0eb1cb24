"""One digest over everything that is stored of some random cases: equal for two forms of the rules that judge alike."""

from __future__ import annotations

import hashlib

from monitor.engine.record import pack_record
from monitor.engine.verdict import judge_case
from tests.support.random_cases import random_cases


def digest_of_judged(seeds: range) -> str:
    digest = hashlib.sha256()
    for case in random_cases(seeds):
        digest.update(pack_record(judge_case(case.events, case.rules, case.as_of, 0, None).record))
    return digest.hexdigest()
