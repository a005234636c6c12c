export interface Agent {
  agent_id: string;
  name: string;
  level: number;
  level_by_project: Record<string, number>;
  certificates: string[];
  team: string | null;
  mailbox: string | null;
  phone_answers: boolean;
  is_active: boolean;
}

/** What choosing a wrap-up code makes of the lead that was called. */
export interface CodeRule {
  code: string;
  verdict: 'retry' | 'call_back' | 'done' | 'do_not_call';
  wait_ms: number | null;
  covers: 'advertising' | 'everything';
}

export interface Outbound {
  is_progressive: boolean;
  preview_limit_ms: number;
  codes: CodeRule[];
}

export interface FormField {
  name: string;
  title: string;
  kind: 'text' | 'integer' | 'decimal' | 'date' | 'yes_no' | 'choice';
  is_required: boolean;
  choices?: string[];
  /** Silence is recorded while it is filled in. */
  is_off_tape?: boolean;
}

export interface OrderTerms {
  form_rule: 'voice' | 'summary_before' | 'text_approval';
  fields: FormField[];
  withdrawal_days: number;
  period_from: 'contract' | 'delivery';
  approval_days: number;
}

export interface Project {
  project_id: string;
  facts: {
    name: string;
    client_id: string;
    wrap_up_codes: string[];
    weights: number[] | null;
    outbound: Outbound | null;
    orders: OrderTerms | null;
  };
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
