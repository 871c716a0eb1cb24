// Small answers of the server for tests; a test says what matters to it.
import type {
  Board,
  BoardNumbers,
  CardNotice,
  CaseRow,
  CaseTime,
  DepartmentTile,
  ExplainedDay,
  FeedCard,
  Figure,
  Outage,
  SourceHealth,
} from '../src/api/answers'

export const ZONE = 'Asia/Shanghai'

export function caseTime(change: Partial<CaseTime> = {}): CaseTime {
  return {
    case_anchor: '2026-11-23T02:42:07Z',
    real_anchor: '2026-11-23T02:42:07Z',
    rate: 1,
    server_now: '2026-11-23T02:42:07Z',
    day_kind: 'working_day',
    day_name: null,
    opening: '09:00',
    closing: '17:00',
    ...change,
  }
}

export function figure(change: Partial<Figure> = {}): Figure {
  return {
    id: 'speedup_actual',
    name: { zh: '实际提速率', en: 'Actual speed-up' },
    value: 0.7,
    numerator: 30,
    denominator: 100,
    n: 12,
    excluded: 0,
    decimals: 1,
    formula: { zh: '式', en: 'formula' },
    period_from: '2026-11-01',
    period_to: '2026-12-01',
    earlier_value: null,
    earlier_label: null,
    change_points: null,
    cases_url: '/api/v1/figures/speedup_actual/cases?from=2026-11-01&to=2026-12-01',
    ...change,
  }
}

export function numbers(change: Partial<BoardNumbers> = {}): BoardNumbers {
  return {
    accepted_today: 8,
    decided_today: 5,
    early_today: 4,
    open: 30,
    standing: 2,
    due_today: 3,
    due_today_open: 1,
    overdue_open: 2,
    yellow_open: 1,
    red_open: 1,
    cards_today: { reminder: 1, yellow: 1, red: 1 },
    speedup_month: figure(),
    ...change,
  }
}

export function tile(code: string, position: number, change: Partial<DepartmentTile> = {}): DepartmentTile {
  return {
    code,
    name: { zh: `部门${code}`, en: `Department ${code}` },
    position,
    in_hall: true,
    light: 'green',
    open: 10,
    standing: 0,
    reminder: 0,
    yellow: 0,
    red: 0,
    data_as_of: '2026-11-23T02:42:07Z',
    silent: false,
    ...change,
  }
}

export function feedCard(change: Partial<FeedCard> = {}): FeedCard {
  return {
    feed_card_id: 1,
    source: 'S1',
    source_name: { zh: '规划系统', en: 'Planning system' },
    departments: ['A'],
    state: 'silent',
    data_as_of: '2026-11-23T01:40:00Z',
    expected_at: '2026-11-23T02:10:00Z',
    issued_at: '2026-11-23T02:10:00Z',
    closed_at: null,
    cards_held: 4,
    ...change,
  }
}

export function outage(change: Partial<Outage> = {}): Outage {
  return {
    outage_id: 1,
    blind_from: '2026-11-22T08:00:00Z',
    blind_until: '2026-11-23T01:30:00Z',
    reason: 'engine_down',
    cards_due: 37,
    cards_held: 0,
    cards_url: '/api/v1/cards?reason=due_while_blind',
    ...change,
  }
}

export function source(code: string, change: Partial<SourceHealth> = {}): SourceHealth {
  return {
    code,
    name: { zh: code, en: code },
    state: 'current',
    archive: false,
    complete_until: '2026-11-23T02:42:00Z',
    last_event_at: '2026-11-23T02:42:00Z',
    departments: [],
    ...change,
  }
}

export function card(id: number, change: Partial<CardNotice> = {}): CardNotice {
  return {
    card_id: id,
    source: 's',
    case_no: `c${id}`,
    item: null,
    item_name: null,
    department: 'A',
    clock: 'promise',
    level: 'yellow',
    generation: 0,
    state: 'issued',
    expected_at: '2026-11-23T01:00:00Z',
    issued_at: '2026-11-23T01:00:00Z',
    due_at: '2026-11-20T09:00:00Z',
    reason: 'due',
    revoked_at: null,
    revoke_reason: null,
    ...change,
  }
}

export function board(change: Partial<Board> = {}): Board {
  return {
    hall: { code: 'h', name: { zh: '大厅', en: 'Hall' }, zone: ZONE, demo: true },
    case_time: caseTime(),
    as_of: '2026-11-23T02:42:07Z',
    data_as_of: '2026-11-23T02:42:00Z',
    sources: [source('S1')],
    numbers: numbers(),
    departments: [tile('A', 0), tile('B', 1)],
    due_days: [],
    trend: [],
    cards: [],
    feed_cards: [],
    outages: [],
    warnings: [],
    ...change,
  }
}

export function caseRow(change: Partial<CaseRow> = {}): CaseRow {
  return {
    source: 's',
    case_no: 'c1',
    item: 'I1',
    item_name: { zh: '事项', en: 'Item' },
    department: 'A',
    department_name: { zh: '部门A', en: 'Department A' },
    status: 'accepted',
    light: 'green',
    accepted_at: '2026-11-16T02:00:00Z',
    promise_due_at: '2026-11-30T09:00:00Z',
    statutory_due_at: '2026-12-14T09:00:00Z',
    decided_at: null,
    remaining: 5,
    unit: 'working_days',
    overdue_days: 0,
    standing: false,
    clock: 'promise',
    used: 5,
    limit: 10,
    early: false,
    ended: false,
    data_as_of: null,
    used_days: null,
    statutory_days: null,
    ...change,
  }
}

export function explainedDay(day: string, change: Partial<ExplainedDay> = {}): ExplainedDay {
  return {
    day,
    day_kind: 'working_day',
    day_name: null,
    counted: false,
    number: null,
    suspended: false,
    start_day: false,
    due_day: false,
    why: { zh: '工作日', en: 'Working day' },
    ...change,
  }
}
