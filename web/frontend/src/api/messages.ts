export interface Mail {
  mailbox: string;
  state: 'waiting' | 'sent' | 'failed';
  attempts: number;
  created_at: string;
  due_at: string | null;
  sent_at: string | null;
  last_error: string | null;
  forwarded_by: string | null;
  note: string;
}

export interface VoiceMessage {
  message_id: string;
  call_id: string;
  did: string;
  project_id: string | null;
  received_at: string;
  duration_ms: number | null;
  masked_caller: string | null;
  done_at: string | null;
  done_by: string | null;
  deleted_from: string | null;
  mails: Mail[];
}

/** Where the sound of a message is. */
export function soundOf(message: VoiceMessage): string {
  return `/api/v1/messages/${encodeURIComponent(message.message_id)}/audio`;
}
