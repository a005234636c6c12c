import { t } from '../i18n/language.svelte';
import { ask, Problem } from './client';

const SHOWN_MS = 8_000;

/** What went wrong, as a sentence in the page's language: the service tells its refusals in it. */
export function told(error: unknown): string {
  return error instanceof Problem ? error.message : t('app.unreachable');
}

/** What a person asked for, one thing at a time, and the refusal if there was one. */
export class Acting {
  isBusy = $state(false);
  refusal = $state<string | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** True once it is done; false where it was refused, which is then told for a while. */
  async do(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<boolean> {
    if (this.isBusy) return false;
    this.isBusy = true;
    this.forget();
    try {
      await ask<void>(method, path, body);
      return true;
    } catch (error) {
      this.tell(told(error));
      return false;
    } finally {
      this.isBusy = false;
    }
  }

  /** The sentence is shown for a while. */
  tell(sentence: string): void {
    clearTimeout(this.#timer);
    this.refusal = sentence;
    this.#timer = setTimeout(() => this.forget(), SHOWN_MS);
  }

  /** Nothing is told any more. */
  forget(): void {
    clearTimeout(this.#timer);
    this.refusal = null;
  }
}
