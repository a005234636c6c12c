import { told } from './acting.svelte';
import { ask, Problem } from './client';

/** A form that is sent: what the service says is wrong with it, field by field and in one sentence, until it is sent again. */
export class Sending {
  isBusy = $state(false);
  fields = $state.raw<Problem['fields']>([]);
  /** What is wrong with each field, by its name. */
  faults = $derived<Readonly<Record<string, string>>>(
    Object.fromEntries(this.fields.map((each) => [each.at.split('/').at(-1) ?? '', each.code])),
  );
  refusal = $state<string | null>(null);
  /** The refusal's reason where it has one. */
  why = $state<string | null>(null);

  /** The answer; null where it was refused, which is told then. */
  async send<T>(path: string, body: unknown, method: 'POST' | 'PUT' = 'POST'): Promise<T | null> {
    if (this.isBusy) return null;
    this.isBusy = true;
    this.forget();
    try {
      return await ask<T>(method, path, body);
    } catch (error) {
      if (error instanceof Problem) {
        this.fields = error.fields;
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
    this.fields = [];
    this.refusal = null;
    this.why = null;
  }
}
