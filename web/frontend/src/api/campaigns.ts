/** Lead lists, their files and their board. Shares are thousandths, times milliseconds; null where nothing is known. */
export type ListState = 'open' | 'paused' | 'closed';
export const PURPOSES = ['service', 'advertising', 'survey', 'call_back'] as const;
export type Purpose = (typeof PURPOSES)[number];
export const FIELD_KINDS = ['text', 'integer', 'decimal', 'date', 'yes_no'] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

export interface LeadField {
  name: string;
  title: string;
  kind: FieldKind;
  is_required: boolean;
}

export interface LeadList {
  list_id: string;
  project_id: string;
  client_id: string;
  name: string;
  purpose: Purpose;
  is_advertising: boolean;
  owner: string;
  state: ListState;
  fields: LeadField[];
  first: 'fresh' | 'retries';
  among: 'as_listed' | 'newest_import';
  created_at: string;
  expires_at: string;
}

/** In the order a lead goes through them. */
export const LEAD_STATES = [
  ...(['fresh', 'retry', 'promised', 'claimed', 'done', 'exhausted'] as const),
  ...(['invalid', 'do_not_call', 'unclear', 'restricted', 'erased'] as const),
] as const;
export type LeadState = (typeof LEAD_STATES)[number];

export interface ListFigures {
  leads: number;
  tried: number;
  reached: number;
  attempts: number;
  by_state: Partial<Record<LeadState, number>>;
  by_code: Record<string, number>;
}

export type ImportState = 'uploaded' | 'waiting' | 'reading' | 'filing' | 'done' | 'refused' | 'cancelled';

export interface LeadImport {
  import_no: string;
  list_id: string;
  state: ImportState;
  file_name: string;
  asked_at: string;
  asked_by: string;
  ended_at: string | null;
  is_cancelled: boolean;
  rows_read: number;
  read_permille: number;
  leads: number;
  left_out: number;
  fault_counts: Record<string, number>;
  faults: { row: number; column: number; code: string }[];
}

export interface Preview {
  form: { kind: string; encoding: string; delimiter: string; sheet: string };
  sheets: string[];
  is_advertising: boolean;
  targets: string[];
  columns: { column: number; title: string; target: string; faults: Record<string, number> }[];
  rows: { row: number; cells: string[] }[];
  rows_looked_at: number;
  row_faults: Record<string, number>;
  mapping_faults: { column: number; code: string; facts: Record<string, string | number> }[];
  has_numbers: boolean;
}

export interface UnclearLead {
  lead_id: string;
  tries: number;
  last_at: string | null;
}

/** What an agent found of a field they asked about. */
export const CHECKED = ['confirmed', 'completed', 'corrected', 'removed'] as const;
export type Checked = (typeof CHECKED)[number];

export interface LeadChecked {
  lead_id: string;
  last_at: string;
  found: Partial<Record<Checked, number>>;
}

export interface Check {
  name: string;
  found: Checked;
  before: string;
  after: string;
  at: string;
  user_id: string | null;
  call_id: string | null;
}

export interface Tally {
  calls: number;
  answered: number;
  machines: number;
  machine_permille: number | null;
  leads: number;
  reached: number;
  successes: number;
  reach_permille: number | null;
  success_permille: number | null;
  booked: number;
  effective: number;
  cancelled: number;
  expired: number;
  cancellation_permille: number | null;
  calls_per_hour: number | null;
  successes_per_hour: number | null;
  ms_per_lead: number | null;
  work_ms: number;
  talk_ms: number;
}

export interface AgainstTarget {
  figure: number | null;
  target: number | null;
  is_met: boolean | null;
}

export type Promised = 'reach_permille' | 'success_permille' | 'cancellation_permille' | 'successes_per_hour';

export interface Campaign {
  list_id: string;
  name: string;
  project_id: string;
  client_id: string;
  state: ListState;
  tally: Tally;
  targets: Record<Promised, AgainstTarget>;
}

export interface Hour {
  from_at: string;
  calls: number;
  reached: number;
  successes: number;
  work_ms: number;
}

export interface CampaignBoard {
  campaign: Campaign;
  agents: { agent_id: string; tally: Tally }[] | null;
  hours: Hour[];
  leads: number;
  tried: number;
  by_state: Partial<Record<LeadState, number>>;
  penetration_permille: number | null;
  forecast: { open_leads: number; calls_left: number; work_left_ms: number; successes_to_come: number } | null;
}
