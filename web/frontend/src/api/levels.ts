export type ProposalState = 'short' | 'unchanged' | 'open' | 'confirmed' | 'refused' | 'in_force' | 'withdrawn';
export const PROPOSAL_STATES = ['open', 'confirmed', 'in_force', 'refused', 'withdrawn', 'unchanged', 'short'] as const;

export interface Term {
  term: 'quality' | 'outcome' | 'volume' | 'reliability';
  weight: number;
  sources: number;
  part: number;
  whole: number;
  points: number | null;
  omission: 'no_weight' | 'no_reviews' | 'no_positive_codes' | 'no_plan' | null;
}

export interface Proposal {
  proposal_id: string;
  agent_id: string;
  project_id: string | null;
  from_at: string;
  to_at: string;
  rule_version: number;
  directory_revision: number;
  terms: Term[];
  score: number | null;
  level_before: number;
  level: number | null;
  shortage: string | null;
  state: ProposalState;
  decided_by: string | null;
  decided_at: string | null;
  note: string;
  in_force_at: string | null;
  applied_revision: number | null;
  sentences: string[];
}

export interface LevelRule {
  version: number;
  rule: {
    weights: Record<Term['term'], number>;
    level_2_from: number;
    level_3_from: number;
    margin: number;
    least_reviews: number;
    least_conversations: number;
    period: 'month' | 'quarter' | string;
    notice_days: number;
    contact: string | null;
  };
}

export interface LevelRun {
  run_id: string;
  from_at: string;
  to_at: string;
  project_id: string | null;
  asked_at: string;
  done_at: string | null;
}

export type Contested = 'level' | 'forced_pause' | 'offers' | 'exclusion' | 'other';

export interface Contest {
  contest_id: string;
  agent_id: string;
  what: Contested;
  subject: string;
  words: string;
  responsible: string;
  responsible_name: string;
  raised_at: string;
  answered_at: string | null;
  answered_by: string | null;
  answer: 'stands' | 'withdrawn' | null;
  answer_words: string;
}

/** The receipt of an erasure. */
export interface WordsErased {
  receipt_id: string;
  erased_at: string;
  contests: number;
}

export interface Review {
  review_id: string;
  agent_id: string;
  reviewer: string;
  score: number;
  form_version: string;
  reviewed_at: string;
  call_id: string | null;
  project_id: string | null;
}

export interface Statement {
  agent_id: string;
  name: string;
  from_at: string;
  to_at: string;
  data: { name: string; count: number }[];
  routing_rules: string[];
  directory_revisions: number[];
  level_rule_version: number;
  level: number;
  level_by_project: Record<string, number>;
  levels: {
    proposal_id: string;
    project_id: string | null;
    state: ProposalState;
    level_before: number;
    level: number | null;
    score: number | null;
    in_force_at: string | null;
    sentences: string[];
  }[];
  shares: { project_id: string; decisions: number; expected: number; got: number }[];
  own_pauses: { reason: string; count: number; lasted_ms: number }[];
  forced_pauses: {
    from_at: string;
    cause: string;
    misses: number;
    until_at: string | null;
    confirmed_by: string;
    ended_at: string | null;
  }[];
  time_ms: Record<string, number>;
  abusive_calls: number;
  contact: string;
  sentences: string[];
}
