import type { Instant } from '../live/protocol';

export interface Decision {
  decision_id: string;
  call_id: string;
  agent_id: string;
  project_id: string;
  level: number;
  weight: number;
  pass_before: number;
  pass_after: number;
  waited_ms: number;
  candidates: { agent_id: string; level: number; share_pass: number; idle_since: Instant }[];
  candidates_in_all: number;
  skipped: { call_id: string; project_id: string; refusal: string }[];
  heads_looked_at: number;
  rule_version: string;
  directory_revision: number;
}

export interface CallStory {
  call_id: string;
  events: { kind: string; occurred_at: string }[];
  decisions: Decision[];
}
