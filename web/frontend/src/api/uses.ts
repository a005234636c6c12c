/** Use of phones, and calls nobody saw ending. */
export interface PhoneUse {
  agent_id: string;
  calls: number;
  by_hand: number;
  from_lists: number;
  answered: number;
  in_vain: number;
  short: number;
  repeated_numbers: number;
  most_tries: number;
  remarks: string[];
}

export interface UnclearCall {
  call_id: string;
  agent_id: string;
  project_id: string | null;
  at: string;
  number_class: string;
  country: string | null;
  reference_kind: string | null;
  reference_id: string | null;
}

/** What a person can have found out of such a call. */
export const KNOWN = ['nobody_rung', 'rung_in_vain', 'talked', 'nothing'] as const;
export type Known = (typeof KNOWN)[number];
