export type SlotScope = 'project' | 'team' | 'centre';

export interface Shift {
  shift_id: string;
  scope: SlotScope;
  scope_id: string | null;
  from_at: string;
  to_at: string;
  headcount: number;
  booked: number;
  leader: string | null;
  agents: string[];
  may_be_booked: boolean;
}

export interface Swap {
  swap_id: string;
  shift_id: string;
  from_at: string;
  to_at: string;
  from_agent: string;
  from_name: string;
  to_agent: string | null;
  to_name: string | null;
}

export const EXCUSES = ['illness', 'family', 'appointment', 'technical', 'other'] as const;

export interface Excuse {
  excuse_id: string;
  shift_id: string;
  agent_id: string;
  from_at: string;
  to_at: string;
  why: (typeof EXCUSES)[number];
  note: string;
}

export interface ShiftRequests {
  swaps: Swap[];
  excuses: Excuse[];
}

export interface ShiftNotice {
  notice_id: string;
  at: string;
  kind: 'booked' | 'released' | 'moved' | 'cancelled' | 'handed_on' | 'excused' | 'not_excused';
  shift_id: string;
  from_at: string;
  to_at: string;
}

export interface Imported {
  is_preview: boolean;
  added: number;
  changed: number;
  booked: number;
  faults: { line: number; column: number; what: string }[];
}

/** What planned time came to; all of them together are `planned_ms`. */
export const PARTS = ['kept', 'late', 'left_early', 'away', 'paused', 'unreachable', 'missed'] as const;
export type Part = (typeof PARTS)[number];

export type Attendance = Record<`${Part | 'planned' | 'down' | 'excused' | 'outside'}_ms`, number> & {
  agent_id: string;
  shifts: number;
};

export interface Quarter {
  from_at: string;
  callers: number;
  handling_s: number;
  erlang_c: number;
  erlang_a: number;
  needed: number;
  planned: number;
  over: number;
}

export interface Staffing {
  project: string;
  threshold_s: number;
  target_percent: number;
  shrinkage_percent: number;
  weeks: number;
  callers_seen: number;
  patience_s: number | null;
  quarters: Quarter[];
}
