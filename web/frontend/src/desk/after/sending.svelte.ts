import { told } from '../../api/acting.svelte';
import { ask, Problem } from '../../api/client';

/** A form that is sent: what the service says is wrong with it, by field, and else in one sentence. */
export class Sending {
  isBusy = $state(false);
  faults = $state.raw<Readonly<Record<string, string>>>({});
  refusal = $state<string | null>(null);
  /** The refusal's reason where it has one. */
  why = $state<string | null>(null);

  /** The answer; null where it was refused, which is told then. */
  async send<T>(path: string, body: unknown): Promise<T | null> {
    if (this.isBusy) return null;
    this.isBusy = true;
    this.forget();
    try {
      return await ask<T>('POST', path, body);
    } catch (error) {
      if (error instanceof Problem) {
        this.faults = Object.fromEntries(error.fields.map((each) => [each.at.split('/').at(-1) ?? '', each.code]));
        this.why = typeof error.facts['why'] === 'string' ? error.facts['why'] : null;
      }
      this.refusal = told(error);
      return null;
    } finally {
      this.isBusy = false;
    }
  }

  /** Nothing is wrong any more. */
  forget(): void {
    this.faults = {};
    this.refusal = null;
    this.why = null;
  }
}
