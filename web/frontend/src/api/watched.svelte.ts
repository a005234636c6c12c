import { ask } from './client';
import { told } from './acting.svelte';

/**
 * Something the service is asked for again and again. What is shown is the latest answer; while asking fails, `fault` says so and
 * the answer is no longer called fresh.
 */
export class Watched<T> {
  value = $state.raw<T | null>(null);
  fault = $state<string | null>(null);
  #path: string | null = null;
  #every: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  constructor(everyMs: number) {
    this.#every = everyMs;
  }

  /** That path is asked from here on; null: nothing is, and nothing is shown. Returns what ends it. */
  watch(path: string | null): () => void {
    if (path !== this.#path) this.value = null;
    this.#path = path;
    this.fault = null;
    void this.again();
    return () => {
      this.#turn += 1;
      clearTimeout(this.#timer);
    };
  }

  /** Asks at once. */
  async again(): Promise<void> {
    clearTimeout(this.#timer);
    const turn = (this.#turn += 1);
    const path = this.#path;
    if (path === null) return;
    try {
      const value = await ask<T>('GET', path);
      if (turn !== this.#turn) return;
      this.value = value;
      this.fault = null;
    } catch (error) {
      if (turn !== this.#turn) return;
      this.fault = told(error);
    }
    this.#timer = setTimeout(() => void this.again(), this.#every);
  }
}
