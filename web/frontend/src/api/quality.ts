export type ReviewState = 'draft' | 'handed_in' | 'answered' | 'closed' | 'dropped';
export const REVIEW_STATES = ['draft', 'handed_in', 'answered', 'closed', 'dropped'] as const;

export interface Criterion {
  criterion_id: string;
  name: string;
  guide: string;
  weight: number;
  is_knockout: boolean;
  may_be_skipped: boolean;
}

export interface QualityForm {
  project_id: string;
  version: number;
  scale: number;
  criteria: Criterion[];
  published_at: string;
  published_by: string;
}

export interface RatingRules {
  raters: string[];
  per_agent: number;
  period: 'week' | 'month';
  answer_days: number;
  agent_may_hear: boolean;
  order_words: string;
}

export interface QualityOfProject {
  forms: QualityForm[];
  rules_version: number;
  rules: RatingRules;
}

export interface Remark {
  at_ms: number;
  words: string;
  criterion_id: string | null;
}

export interface Judgement {
  marks: Record<string, number | null>;
  remarks: Remark[];
  summary: string;
}

export interface Version {
  number: number;
  judgement: Judgement;
  hundredths: number;
  knocked_out_by: string[];
  sentences: string[];
  handed_in_at: string;
  reason: string;
}

export interface Said {
  number: number;
  side: 'agent' | 'reviewer';
  words: string;
  said_at: string;
  to_version: number;
}

export interface QualityReview {
  review_id: string;
  segment_id: string;
  call_id: string;
  project_id: string;
  agent_id: string;
  recorded_at: string;
  reviewer: string;
  is_mine: boolean;
  form_version: number;
  calibration_id: string | null;
  assigned_at: string;
  state: ReviewState;
  draft: Judgement | null;
  versions: Version[];
  answers: Said[];
  answer_until: string | null;
  closed_at: string | null;
  grant_id: string | null;
}

export interface Calibration {
  calibration_id: string;
  segment_id: string;
  project_id: string;
  agent_id: string;
  reviewers: string[];
  handed_in: number;
  scores: number[] | null;
  spread: number | null;
  is_knockout_disputed: boolean | null;
  criteria: { criterion_id: string; name: string; marks: (number | null)[]; spread: number | null }[];
}

export interface ReportLine {
  period: string;
  project_id: string;
  agent_id: string;
  form_version: number;
  criterion_id: string | null;
  name: string;
  reviews: number;
  mean: number | null;
  knockouts: number;
}

export interface Rateable {
  segment_id: string;
  call_id: string;
  agent_id: string;
  kept_as: string;
  recorded_at: string;
  kept_until: string;
}

/** A position in a recording, as minutes and seconds. */
export function position(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Milliseconds of minutes and seconds; null where it is none. */
export function positionOf(text: string): number | null {
  const found = /^(\d{1,3}):([0-5]\d)$/.exec(text.trim());
  return found === null ? null : (Number(found[1]) * 60 + Number(found[2])) * 1000;
}
