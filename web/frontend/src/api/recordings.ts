export const WANTED = ['listen', 'release_escalation', 'release_data_subject', 'release_contract_end'] as const;
export type Wanted = (typeof WANTED)[number];
export type RequestState = 'asked' | 'approved' | 'refused' | 'withdrawn' | 'lapsed' | 'over';
export type Ground = 'escalation' | 'review' | 'release';

export interface Recording {
  segment_id: string;
  client_id: string;
  project_id: string;
  call_id: string;
  order_id: string | null;
  kept_as: 'order_segment' | 'quality_sample';
  state: 'waiting' | 'sealed' | 'stored' | 'kept' | 'shredding' | 'shredded';
  stopped_at: string;
  sealed_at: string | null;
  kept_until: string;
}

export interface AccessRequest {
  request_id: string;
  segment_id: string;
  wanted: Wanted;
  reason: string;
  state: RequestState;
  asked_by: string;
  asked_at: string;
  lapses_at: string;
  decided_by: string | null;
  decided_at: string | null;
  decided_reason: string;
  until: string | null;
  is_mine: boolean;
}

export interface Mark {
  what: string;
  offset_ms: number;
}

export interface Silence {
  from_ms: number;
  to_ms: number;
  why: string;
}

export interface RecordingStory {
  recording: Recording;
  duration_ms: number | null;
  marks: Mark[];
  masks: Silence[];
  gaps: Silence[];
  missing_ms: number;
  requests: AccessRequest[];
}

export interface Access {
  number: number;
  user: string;
  ground: Ground;
  grant_id: string;
  what: 'sound' | 'picture' | 'package';
  from_ms: number;
  to_ms: number;
  at: string;
}

export interface Grant {
  grant_id: string;
  segment_id: string;
  ground: Ground;
  until: string;
}

export interface Sitting {
  sitting_id: string;
  segment_id: string;
  ground: Ground;
  listener: string;
  until: string;
  duration_ms: number;
  size: number;
  marks: Mark[];
  masks: Silence[];
  gaps: Silence[];
}

export interface Peaks {
  outside: number[];
  inside: number[];
}

/** Where the package of a release is fetched, by who asked for it. */
export function packageOf(request: string): string {
  return `/api/v1/recording-requests/${encodeURIComponent(request)}/package`;
}
