export interface Order {
  order_id: string;
  call_id: string;
  state: 'booked' | 'awaiting_approval' | 'effective' | 'cancelled' | 'expired';
  form_rule: 'voice' | 'summary_before' | 'text_approval';
  booked_at: string;
  approval_ends_at: string | null;
}

export interface Question {
  name: string;
  text: string;
  kind: 'yes_no' | 'single' | 'multiple' | 'scale' | 'number' | 'date' | 'text';
  choices: string[];
  lowest: number;
  highest: number;
  may_be_refused: boolean;
}

export interface Survey {
  survey_id: string;
  project_id: string;
  title: string;
}

export const ABOUT = ['product', 'script', 'data', 'work', 'other'] as const;

export interface Suggestion {
  suggestion_id: string;
  about: (typeof ABOUT)[number];
  words: string;
  state: 'new' | 'passed_on' | 'taken_up' | 'declined';
  answer: string;
  made_at: string;
}
