/** Recorded segments as the vault has them, who holds them, and what is left of those that are gone. */
export interface Segment {
  segment_id: string;
  project_id: string;
  kept_as: 'quality_sample' | 'order_segment' | 'refused';
  state: 'waiting' | 'sealed' | 'stored' | 'kept' | 'shredding' | 'shredded';
  stopped_at: string;
  kept_until: string;
  trouble: string | null;
}

export interface Hold {
  hold_id: string;
  segment_id: string;
  reason: string;
  state: 'asked' | 'confirmed' | 'lapsed' | 'lifted';
  asked_by: string;
  asked_at: string;
  confirmed_by: string | null;
  lift_asked_by: string | null;
}

export interface Holds {
  items: Hold[];
  people: Readonly<Record<string, string>>;
}

export interface Receipt {
  segment_id: string;
  at: string;
  reason: string;
  is_valid: boolean;
}

/** It is there still, so it can be held. */
export const canBeHeld = (segment: Segment): boolean => segment.state !== 'shredding' && segment.state !== 'shredded';
