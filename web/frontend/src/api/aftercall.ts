/** Orders, surveys and suggestions. */
export const ORDER_STATES = ['booked', 'awaiting_approval', 'effective', 'cancelled', 'expired'] as const;
export type OrderState = (typeof ORDER_STATES)[number];
export const DEEDS = ['send_text', 'approve', 'confirm', 'deliver', 'withdraw', 'cancel'] as const;
export type Deed = (typeof DEEDS)[number];

export interface Order {
  order_id: string;
  project_id: string;
  client_id: string;
  call_id: string;
  agent_id: string | null;
  lead_id: string | null;
  state: OrderState;
  form_rule: 'voice' | 'summary_before' | 'text_approval';
  booked_at: string;
  summary_at: string | null;
  text_sent_at: string | null;
  effective_at: string | null;
  instructed_at: string | null;
  delivered_at: string | null;
  ended_at: string | null;
  ended_by: Deed | 'expire' | null;
  approval_ends_at: string | null;
  withdrawal_ends_at: string | null;
}

/** As the list has it. */
export interface ListedOrder extends Order {
  proof: 'proven' | 'not_proven';
}

export interface OrderStory {
  order: Order;
  steps: { deed: string; state: OrderState; at: string; user_id: string | null; reason: string }[];
  /** By a whole recording of what was declared. */
  proof: 'proven' | 'not_proven';
}

export const QUESTION_KINDS = ['yes_no', 'single', 'multiple', 'scale', 'number', 'date', 'text'] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

export interface Question {
  name: string;
  text: string;
  kind: QuestionKind;
  choices: string[];
  lowest: number;
  highest: number;
  only_if: { question: string; is_any_of: string[] }[];
  may_be_refused: boolean;
}

export interface Survey {
  survey_id: string;
  version: number;
  project_id: string;
  client_id: string;
  title: string;
  questions: Question[];
  published_at: string;
}

export interface SurveyFigures {
  survey_id: string;
  version: number;
  responses: number;
  questions: {
    name: string;
    text: string;
    kind: QuestionKind;
    asked: number;
    answered: number;
    refused: number;
    is_withheld: boolean;
    bars: { label: string; count: number; permille: number }[];
    mean: string | null;
    median: string | null;
  }[];
}

export const SUGGESTION_STATES = ['new', 'passed_on', 'taken_up', 'declined'] as const;
export type SuggestionState = (typeof SUGGESTION_STATES)[number];

export const ABOUT = ['product', 'script', 'data', 'work', 'other'] as const;

export interface Suggestion {
  suggestion_id: string;
  agent_id: string;
  project_id: string | null;
  about: (typeof ABOUT)[number];
  words: string;
  state: SuggestionState;
  answer: string;
  made_at: string;
  changed_at: string | null;
}

/** A text by which called parties are asked whether they may be recorded. */
export interface ConsentText {
  purpose: string;
  language: string;
  version: number;
  text: string;
}
