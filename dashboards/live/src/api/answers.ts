// The server's answers under the names the pages use. Shapes come from the generated schema alone.
import type { components } from './schema'

type Schemas = components['schemas']

export type Name = Schemas['Name']
export type CaseTime = Schemas['CaseTime']
export type Hall = Schemas['Hall']
export type SourceHealth = Schemas['SourceHealth']
export type DepartmentTile = Schemas['DepartmentTile']
export type Figure = Schemas['Figure']
export type BoardNumbers = Schemas['BoardNumbers']
export type DueDay = Schemas['DueDay']
export type TrendPoint = Schemas['TrendPoint']
export type CardNotice = Schemas['CardNotice']
export type FeedCard = Schemas['FeedCard']
export type Outage = Schemas['Outage']
export type HallWarning = Schemas['HallWarning']
export type Board = Schemas['Board']
export type Snapshot = Schemas['Snapshot']
export type Heartbeat = Schemas['Heartbeat']
export type CaseRow = Schemas['CaseRow']
export type CasePage = Schemas['CasePage']
export type Clock = Schemas['Clock']
export type AnomalyFound = Schemas['AnomalyFound']
export type CaseEvent = Schemas['CaseEvent']
export type CardStep = Schemas['CardStep']
export type CardStory = Schemas['CardStory']
export type NextChange = Schemas['NextChange']
export type CaseDetail = Schemas['CaseDetail']
export type ExplainedDay = Schemas['ExplainedDay']
export type ExplainedClock = Schemas['ExplainedClock']
export type Explanation = Schemas['Explanation']
export type CardPage = Schemas['CardPage']
export type FigureList = Schemas['FigureList']
export type FigureMembers = Schemas['FigureMembers']
export type FigureItem = Schemas['FigureItem']
export type FigureDepartment = Schemas['FigureDepartment']
export type Problem = Schemas['Problem']

export type Light = CaseRow['light']
export type TileLight = DepartmentTile['light']
export type CardLevel = CardNotice['level']
export type CardState = CardNotice['state']
export type DayKind = ExplainedDay['day_kind']
export type Unit = Clock['unit']

type DeltaParts = Omit<Schemas['Delta'], 'type' | 'seq' | 'as_of'>

/** A part that did not change may be null or absent. */
export type Delta = Pick<Schemas['Delta'], 'type' | 'seq' | 'as_of'> & Partial<DeltaParts>

/** The server dropped what this client had not taken; a snapshot follows on the same connection. */
export interface Resync {
  type: 'resync'
  reason: string
}

export type LiveMessage = Snapshot | Delta | Heartbeat | Resync
