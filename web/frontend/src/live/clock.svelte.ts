import type { Instant } from './protocol';

const MS = 1000;
/** Data older than this is not live, and must not look it. */
const FROZEN_AFTER_MS = 3000;

/**
 * The server's time, ticking. The browser's clock may be wrong by minutes: each message of the server sets the difference,
 * and of the last ones the least delayed counts.
 */
export class ServerClock {
  /** Milliseconds since the epoch by the server, moving once a second on the second. */
  nowMs = $state(Date.now());
  /** Up to when the server says its data is true, milliseconds; 0 before the first word. */
  asOfMs = $state(0);

  #offsets: number[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The server's time was `at` when it wrote this. */
  heard(at: Instant): void {
    this.#offsets = [...this.#offsets.slice(-29), at / MS - Date.now()];
  }

  /** The data is true up to `at`. */
  isTrueUpTo(at: Instant): void {
    this.asOfMs = Math.max(this.asOfMs, at / MS);
    this.#look();
  }

  /** Starts a new count after a new epoch of the service. */
  forget(): void {
    this.asOfMs = 0;
    this.#offsets = [];
  }

  /** Ticks until the returned function is called. */
  run(): () => void {
    const tick = (): void => {
      this.#look();
      this.#timer = setTimeout(tick, MS - (this.nowMs % MS) + 5);
    };
    tick();
    return () => clearTimeout(this.#timer);
  }

  /** How old the data is, in milliseconds; null before there is any. */
  get ageMs(): number | null {
    return this.asOfMs === 0 ? null : Math.max(0, this.nowMs - this.asOfMs);
  }

  /** Whether the data is too old to be shown as live. */
  get isFrozen(): boolean {
    return this.ageMs !== null && this.ageMs > FROZEN_AFTER_MS;
  }

  /** Whole milliseconds from `at` to now, never negative; on a frozen board to when it froze, so that nothing on it ticks. */
  since(at: Instant): number {
    return Math.max(0, (this.isFrozen ? this.asOfMs : this.nowMs) - at / MS);
  }

  #look(): void {
    const offset = this.#offsets.length === 0 ? 0 : Math.max(...this.#offsets);
    this.nowMs = Date.now() + offset;
  }
}
