/** A project's facts as the API has them; what these pages do not show goes back as it came. */
export interface Span {
  opens: string;
  closes: string;
}

export interface Hours {
  zone: string;
  week: Record<string, Span[]>;
  exceptions: Record<string, Span[]>;
  holidays_of: string | null;
  on_holidays: Span[];
}

export interface OverflowRule {
  reason: string;
  limit: number;
  target: string;
  project_id: string | null;
  number: string | null;
}

export interface Announcements {
  first_after_ms: number;
  every_ms: number;
  tells_place: boolean;
  tells_wait: boolean;
  asks_for_patience: boolean;
  callback_key: string | null;
}

export interface Sampling {
  rate_permille: number;
  asked_by: string;
  answer_within_ms: number;
  agent_cap: number | null;
  cap_days: number;
  longest_ms: number;
}

export interface Skill {
  skill: string;
  grade: number;
  is_required: boolean;
}

export interface Department {
  name: string;
  digits: string | null;
  project_id: string | null;
  language: string | null;
  skills: Skill[];
  priority_ms: number;
}

export interface ProjectFacts {
  name: string;
  client_id: string;
  hours: Hours | null;
  closed_treatment: string;
  at_closing: string;
  closing_grace_ms: number;
  answers_early: boolean;
  wait_limit_ms: number | null;
  announcements: Announcements | null;
  callback: { attempts: number; retry_ms: number; kept_ms: number };
  overflow: OverflowRule[];
  departments: Department[];
  sampling: Sampling | null;
  recording_sign: { kind: string; every_ms: number; sound: string };
}

export interface ProjectShown {
  project_id: string;
  facts: ProjectFacts;
}

export interface DepartmentInProjects {
  department: Department;
  project_ids: string[];
  without: string[];
}
