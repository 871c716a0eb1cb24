"""Every figure of the metric contract, declared once: names, numerator, denominator, exclusions, weighting."""

from __future__ import annotations

from monitor.domain.figures import FigureDeclaration, FigureId, Formula, Population, Text, Weighting

_ITEMS_IN_HALL = Text("进驻大厅的事项数", "items in the hall")
_REFORMED = Text("已设行政审批处的部门数", "departments with an approval office")
_WITHOUT_OFFICE = Text("未设的部门", "departments without one")
_DECIDED = Text("期内办结件数", "cases decided in the period")
_WITHOUT_PROMISE = Text("承诺时限不因办结而停止的办结件", "decided cases whose decision stopped no promise clock")
_WITHOUT_STATUTORY = Text("法定时限不因办结而停止的办结件", "decided cases whose decision stopped no statutory clock")
_PROMISE_ENDED = Text(
    "（因办结停止的承诺时限数 + 在办已超期数）", "(promise clocks stopped by a decision + running breached ones)"
)
_STATUTORY_ENDED = Text(
    "（因办结停止的法定时限数 + 在办已超期数）", "(statutory clocks stopped by a decision + running breached ones)"
)
_NOT_IN_WORKING_DAYS = Text(
    "法定时限不按工作日计的、不予许可的、撤回的", "limits not in working days, refused, withdrawn"
)

_ALL = (
    FigureDeclaration(
        FigureId.SPEEDUP_ACTUAL,
        Text("办理提速率", "Actual speed-up"),
        Text("Σ 实际用时（扣除特别程序，当日办结为 0）", "Σ used working days (net of suspensions, same day = 0)"),
        Text("Σ 法定时限（不含延期）", "Σ statutory limit (without extension)"),
        _NOT_IN_WORKING_DAYS,
        Population.CASES,
        Formula.REDUCTION,
        Weighting.SUMS,
    ),
    FigureDeclaration(
        FigureId.SPEEDUP_ACTUAL_MEAN,
        Text("办理提速率（逐件平均）", "Actual speed-up (mean of cases)"),
        Text("Σ（实际用时 ÷ 法定时限）", "Σ (used ÷ statutory limit)"),
        Text("件数", "cases"),
        Text(
            "法定时限不按工作日计或为 0 的、不予许可的、撤回的",
            "limits not in working days or of 0 days, refused, withdrawn",
        ),
        Population.CASES,
        Formula.REDUCTION,
        Weighting.MEAN,
    ),
    FigureDeclaration(
        FigureId.SPEEDUP_PROMISED,
        Text("承诺提速率", "Promised speed-up"),
        Text("Σ 承诺时限", "Σ promised limit"),
        Text("Σ 法定时限", "Σ statutory limit"),
        Text("两个时限不齐或不按工作日计的事项", "items without both limits, or not in working days"),
        Population.ITEMS,
        Formula.REDUCTION,
        Weighting.SUMS,
    ),
    FigureDeclaration(
        FigureId.SPEEDUP_PROMISE_CUT,
        Text("比原承诺提速率", "Cut of the earlier promise"),
        Text("Σ 现承诺时限", "Σ promised limit now"),
        Text("Σ 原承诺时限", "Σ promised limit then"),
        Text(
            "两个日期不都有效、没有承诺或不按工作日计的事项",
            "items not in force on both dates, without promise, or not in working days",
        ),
        Population.ITEMS,
        Formula.REDUCTION,
        Weighting.SUMS,
    ),
    FigureDeclaration(
        FigureId.EARLY_SHARE_OF_ACCEPTED,
        Text("提前办结占受理比", "Early decisions per accepted case"),
        Text("期内提前办结件数", "cases decided early in the period"),
        Text("期内受理件数", "cases accepted in the period"),
        None,
        Population.CASES,
    ),
    FigureDeclaration(
        FigureId.ON_TIME_RATE,
        Text("按时办结率", "On-time rate"),
        Text("承诺时限内办结件数", "promise clocks met"),
        Text("因办结停止的承诺时限数", "promise clocks stopped by a decision"),
        _WITHOUT_PROMISE,
        Population.CASES,
    ),
    FigureDeclaration(
        FigureId.EARLY_RATE,
        Text("提前办结率", "Early rate"),
        Text("早于承诺时限办结件数", "promise clocks met with time to spare"),
        Text("因办结停止的承诺时限数", "promise clocks stopped by a decision"),
        _WITHOUT_PROMISE,
        Population.CASES,
    ),
    FigureDeclaration(
        FigureId.OVERDUE_RATE,
        Text("超期率", "Overdue rate"),
        Text("已超承诺时限件数（含在办）", "promise clocks breached, running ones included"),
        _PROMISE_ENDED,
        _WITHOUT_PROMISE,
        Population.CASES,
    ),
    FigureDeclaration(
        FigureId.STATUTORY_OVERDUE_RATE,
        Text("法定超期率", "Statutory overdue rate"),
        Text("已超法定时限件数（含在办）", "statutory clocks breached, running ones included"),
        _STATUTORY_ENDED,
        _WITHOUT_STATUTORY,
        Population.CASES,
    ),
    FigureDeclaration(
        FigureId.SAME_DAY_RATE,
        Text("当日办结率", "Same-day rate"),
        Text("法律受理当日办结件数", "cases decided on the local day of legal acceptance"),
        _DECIDED,
        None,
        Population.CASES,
    ),
    FigureDeclaration(
        FigureId.DEPARTMENT_PRESENCE,
        Text("部门进驻率", "Departments in the hall"),
        Text("进驻大厅的部门数", "departments in the hall"),
        Text("全部部门数", "all departments"),
        None,
        Population.DEPARTMENTS,
    ),
    FigureDeclaration(
        FigureId.ITEM_PRESENCE,
        Text("事项进驻率", "Items in the hall"),
        _ITEMS_IN_HALL,
        Text("全部事项数", "all items"),
        None,
        Population.ITEMS,
    ),
    FigureDeclaration(
        FigureId.ACCEPT_AND_DECIDE_RATE,
        Text("既受又理率", "Accepted and decided at the window"),
        Text("在窗口既受又理的事项数", "items accepted and decided at the window"),
        _ITEMS_IN_HALL,
        None,
        Population.ITEMS,
    ),
    *(
        FigureDeclaration(
            figure,
            Text(f"行政审批处{zh}占比", f"Approval offices: {en}"),
            Text(f"{zh}的部门数", f"departments set up {en}"),
            _REFORMED,
            _WITHOUT_OFFICE,
            Population.DEPARTMENTS,
            decimals=0,
        )
        for figure, zh, en in (
            (FigureId.SET_UP_STAND_ALONE, "单独设立", "stand-alone"),
            (FigureId.SET_UP_CO_LOCATED, "合署办公", "co-located"),
            (FigureId.SET_UP_DELEGATED, "授权综合窗口", "delegated"),
        )
    ),
    FigureDeclaration(
        FigureId.MID_LEVEL_PRESENCE,
        Text("中层进驻率", "Mid-level posts filled"),
        Text("中层已进驻的岗位数", "mid-level posts filled"),
        Text("应进驻的中层岗位数", "mid-level posts"),
        Text("没有该岗位的部门", "departments without such a post"),
        Population.DEPARTMENTS,
    ),
)

FIGURES: dict[FigureId, FigureDeclaration] = {declaration.id: declaration for declaration in _ALL}
"""All figures by id, in the order in which they are shown."""
