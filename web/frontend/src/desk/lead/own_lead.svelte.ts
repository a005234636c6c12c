import type { MyLead } from '../../api/lead';
import { Watched } from '../../api/watched.svelte';

/** The lead the agent has, asked for again and again: it may come by itself, and go when its time is over. */
export class OwnLead {
  #answers = new Watched<{ lead: MyLead | null }>(4_000);
  /** Who was before the agent when the time to dial them was over. */
  lost = $state<string | null>(null);
  #last: MyLead | null = null;
  #wasCalled = false;

  get lead(): MyLead | null {
    return this.#answers.value?.lead ?? null;
  }

  /** Whether the service has said yet if there is one. */
  get isKnown(): boolean {
    return this.#answers.value !== null;
  }

  /** Asks until the returned function is called. */
  run(): () => void {
    return this.#answers.watch('/my-lead');
  }

  /** Asks at once. */
  again(): Promise<void> {
    return this.#answers.again();
  }

  /** The service answered this itself. */
  is(lead: MyLead | null): void {
    this.#answers.value = { lead };
  }

  /** What is known now, at that time of the server's clock; `isCalled`: the lead's call has begun. */
  look(nowMs: number, isCalled: boolean): void {
    const lead = this.lead;
    if (lead !== null) {
      if (lead.call_id !== this.#last?.call_id) this.#wasCalled = false;
      this.#wasCalled ||= isCalled;
      this.lost = null;
    } else if (this.#last !== null && !this.#wasCalled && nowMs >= Date.parse(this.#last.ends_at) - 1_000) {
      this.lost = this.#last.name || this.#last.company || this.#last.reference;
    }
    this.#last = lead;
  }

  /** The agent has seen that it is gone. */
  forget(): void {
    this.lost = null;
  }
}
