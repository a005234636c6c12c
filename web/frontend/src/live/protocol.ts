/**
 * What travels between the service and the board: mirrors monitor/frames.py and monitor/rows.py.
 * Instants (`…At` here, `…_at` on the wire) are microseconds since the epoch, durations milliseconds.
 */

export type Instant = number;

export const AGENT_STATES = [
  'alerting',
  'talking',
  'recovering',
  'reserved',
  'wrap_up',
  'available',
  'paused',
  'logged_out',
] as const;
export type AgentState = (typeof AGENT_STATES)[number];

export const CALL_PHASES = ['waiting', 'alerting', 'talking', 'held', 'recovering', 'turned_away', 'ending'] as const;
export type CallPhase = (typeof CALL_PHASES)[number];

export interface Figures {
  offered: number;
  answered: number;
  abandoned: number;
  left_otherwise: number;
  turned_away: number;
  answered_in_time: number;
  abandoned_early: number;
  waited_ms: number;
  handled: number;
  handled_ms: number;
  callbacks_offered: number;
  callbacks_agreed: number;
  callbacks_reached: number;
  callbacks_unreached: number;
  callbacks_expired: number;
  callbacks_dropped: number;
}

export type AbandonedCalls = 'missed' | 'early_ignored' | 'early_met' | 'ignored';

export interface Header {
  rule: { threshold_ms: number | null; abandoned: AbandonedCalls };
  waiting: number;
  oldest_waiting_at: Instant | null;
  agents: Partial<Record<AgentState, number>>;
  today: Figures;
  service_level: number | null;
  asa_ms: number | null;
  recent_minutes: number;
  recent_service_level: number | null;
  recent_asa_ms: number | null;
}

export interface QueueRow {
  project_id: string;
  project: string;
  client_id: string;
  client: string;
  threshold_ms: number;
  waiting: number;
  oldest_waiting_at: Instant | null;
  today: Figures;
  service_level: number | null;
  asa_ms: number | null;
  aht_ms: number | null;
  agents: Partial<Record<AgentState, number>>;
}

export interface AgentRow {
  agent_id: string;
  name: string;
  level: number;
  state: AgentState;
  since_at: Instant | null;
  pause_reason: string | null;
  next_state: AgentState | null;
  rest_until_at: Instant | null;
  wrap_up_until_at: Instant | null;
  project_id: string | null;
  call_id: string | null;
  is_reachable: boolean | null;
  round_trip_us: number | null;
  absence: 'silent' | 'unsteady' | 'desktop_gone' | 'bad_line' | null;
  absence_until_at: Instant | null;
  line_fault: 'round_trip' | 'loss' | 'jitter' | 'score' | null;
  mos_hundredths: number | null;
  calls_today: number;
  talked_ms: number;
  talking_since_at: Instant | null;
  busy_ms: number;
  available_ms: number;
  counted_at: Instant | null;
  wrap_up_codes: string[];
  extensions_left: number;
  is_forced: boolean;
  dial_refusal: string | null;
  forced_until_at: Instant | null;
  may_keep_line: boolean;
  open_line: 'opening' | 'open' | 'lent' | 'closing' | null;
}

type TapePhase =
  | 'asked'
  | 'starting'
  | 'recording'
  | 'ending'
  | 'unknown'
  | 'nothing'
  | 'complete'
  | 'incomplete'
  | 'discarded'
  | 'unconfirmed';

interface Tape {
  since_at: Instant;
  order_id: string;
  is_masked: boolean;
  marks: string[];
}

/** The recording of an order, or of a call as a sample; `recording` is what the switch has proven. */
export type TapeRow = Tape & ({ is_sample: false; phase: TapePhase } | { is_sample: true; phase: TapePhase | 'drawn' | 'agreed' });

/** What the outside party has said to being listened to; `is_heard` by the switch's proof. */
export interface EarRow {
  phase: 'asked' | 'agreed' | 'declined' | 'withdrawn' | 'lapsed';
  since_at: Instant;
  is_called: boolean;
  is_heard: boolean;
}

export interface CallRow {
  call_id: string;
  direction: 'inbound' | 'outbound';
  project_id: string | null;
  client_id: string | null;
  phase: CallPhase;
  since_at: Instant;
  offered_at: Instant;
  answered_at: Instant | null;
  agent_id: string | null;
  masked: string | null;
  offers: number;
  held_ms: number;
  decision_id: string | null;
  colleague_id: string | null;
  slot: number | null;
  beside: 'ringing' | 'asked' | 'swapped' | 'conference' | 'with_caller' | null;
  outside_masked: string | null;
  outside_note: string | null;
  is_callback: boolean;
  rests_until_at: Instant | null;
  callee: 'dialling' | 'ringing' | 'answered' | null;
  tape: TapeRow | null;
  ear: EarRow | null;
}

export interface SwitchRow {
  switch: string;
  is_connected: boolean;
  since_at: Instant;
}

export interface MinuteRow {
  minute_at: Instant;
  figures: Figures;
}

export interface EmergencyRow {
  emergency_id: string;
  number: string;
  at: Instant;
  told_at: Instant;
  agent_id: string | null;
  agent: string;
  call_id: string | null;
  address: string | null;
  callback_number: string | null;
}

export interface BoardSnapshot {
  header: Header;
  queues: QueueRow[];
  agents: AgentRow[];
  calls: CallRow[];
  switches: SwitchRow[];
  minutes: MinuteRow[];
  emergencies: EmergencyRow[];
}

export type Delta =
  | { kind: 'header'; row: Header }
  | { kind: 'queue'; row: QueueRow }
  | { kind: 'agent'; row: AgentRow }
  | { kind: 'call'; row: CallRow }
  | { kind: 'switch'; row: SwitchRow }
  | { kind: 'minute'; row: MinuteRow }
  | { kind: 'emergency'; row: EmergencyRow }
  | { kind: 'gone'; table: Exclude<keyof BoardSnapshot, 'header'>; key: string };

export type ServerMessage =
  | { type: 'hello'; protocol: number; epoch: string; seq: number; server_at: Instant }
  | { type: 'snapshot'; epoch: string; seq: number; as_of_at: Instant; board: BoardSnapshot }
  | { type: 'delta'; seq: number; as_of_at: Instant; changes: Delta[] }
  | { type: 'beat'; seq: number; server_at: Instant; as_of_at: Instant };

export type ClientMessage = { type: 'start' } | { type: 'resume'; epoch: string; seq: number };

export const PROTOCOL = 1;

/** Why the server closed the socket: web/live.py. */
export const CLOSED = { sessionOver: 4401, notAllowed: 4403, scopeChanged: 4409, notOurProtocol: 4400 } as const;
