import type { CallStory } from '../api/calls';
import { ask } from '../api/client';
import type { AgentRow } from '../live/protocol';

/** Whether somebody was reached in the agent's call: after one in vain there is a wrap-up as well. */
export class OwnCall {
  /** The call in which the agent talked, or talks. */
  talkedId = $state<string | null>(null);
  #asked: string | null = null;

  /** The agent's row is this now. */
  look(row: AgentRow | null): void {
    if (row?.call_id == null) return;
    if (row.state === 'talking') this.talkedId = row.call_id;
    else if (row.state === 'wrap_up' && row.call_id !== this.talkedId && row.call_id !== this.#asked) void this.#find(row.call_id);
  }

  /** The page was loaded in the wrap-up: the call's story tells. */
  async #find(callId: string): Promise<void> {
    this.#asked = callId;
    try {
      const story = await ask<CallStory>('GET', `/calls/${encodeURIComponent(callId)}`);
      if (story.events.some((event) => event.kind === 'agent_connected')) this.talkedId = callId;
    } catch {
      this.#asked = null; // asked again with the next change of the row
    }
  }
}
