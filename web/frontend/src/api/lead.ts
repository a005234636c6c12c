import type { FormField } from './centre';

export interface WorkList {
  list_id: string;
  name: string;
  project_id: string;
  purpose: 'service' | 'advertising' | 'survey' | 'call_back';
  is_progressive: boolean;
  left: number;
}

/** No list is counted further than this. */
export const MOST_COUNTED = 1_000;

/** The lead the agent has, from when it was given out until it is settled after its call; without its numbers. */
export interface MyLead {
  call_id: string;
  lead_id: string;
  list_id: string;
  list_name: string;
  project_id: string;
  name: string;
  company: string;
  reference: string;
  fields: Record<string, string>;
  titles: FormField[];
  numbers: { kind: string; number_class: string; country: string | null; tries: number; is_next: boolean }[];
  is_promised: boolean;
  promised_at: string | null;
  is_own_promise: boolean;
  tries: number;
  last_at: string | null;
  ends_at: string;
}

export type Found = 'confirmed' | 'completed' | 'corrected' | 'removed';
