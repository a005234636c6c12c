interface Reason {
  code: string;
  sentence: string;
}

export interface AgentWhy {
  agent_id: string;
  state: string;
  is_free: boolean;
  reasons: Reason[];
  projects: (Reason & {
    project_id: string;
    place: number | null;
    available: number;
    waiting: number;
    share_pass: number;
    behind: number;
    kept_from: (Reason & { callers: number })[];
  })[];
  decisions: (Reason & { call_id: string | null; project_id: string; decided_at: string })[];
}

export interface CallTold {
  call_id: string;
  lines: { at: string; kind: string; agent_id: string | null; decision_id: string | null; sentence: string }[];
}
