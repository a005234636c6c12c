export interface Agent {
  agent_id: string;
  name: string;
  level: number;
  level_by_project: Record<string, number>;
  certificates: string[];
  team: string | null;
  mailbox: string | null;
  is_active: boolean;
}

export interface Project {
  project_id: string;
  facts: { name: string; client_id: string; wrap_up_codes: string[]; weights: number[] | null; outbound: unknown };
}

export interface Team {
  team_id: string;
  name: string;
  members: string[];
  leaders: string[];
}

export interface Targets {
  colleagues: { agent_id: string; name: string; state: string; is_free: boolean }[];
  departments: string[];
  projects: { project_id: string; name: string; is_open: boolean }[];
}

export interface Parked {
  parked_at: number;
  call_id: string;
  project_id: string | null;
  since: string;
  masked: string | null;
}
