export interface Estimate {
  mean: number;
  to_side_95: number;
}

export const FIGURES = [
  'asa_s',
  'service_level_pct',
  'abandonment_pct',
  'elsewhere_pct',
  'callbacks_pct',
  'reached_pct',
  'occupancy_pct',
  'share_1_pct',
  'share_2_pct',
  'share_3_pct',
  'share_per_hour_1_pct',
  'share_per_hour_2_pct',
  'share_per_hour_3_pct',
] as const;
export type FigureName = (typeof FIGURES)[number];

export interface Answer {
  callers: number;
  replays: number;
  threshold_s: number;
  differences: string[];
  reproduces_the_journal: boolean;
  deviations: FigureName[];
  agents_without_hours: string[];
  figures: { name: FigureName; journaled: number; now: Estimate; new: Estimate; change: Estimate; is_clear: boolean }[];
}

export interface WhatIf {
  what_if_id: string;
  state: 'running' | 'done' | 'failed';
  started_at: string;
  from_at: string;
  to_at: string;
  fault: 'no_callers' | 'faulty_centre' | 'took_too_long' | 'failed' | null;
  detail: string | null;
  answer: Answer | null;
}
