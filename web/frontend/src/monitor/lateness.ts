import type { ServerClock } from '../live/clock.svelte';
import type { QueueRow } from '../live/protocol';

/** How often over a queue's limit its longest waiting caller is; 0 where nobody waits. */
function overLimit(row: QueueRow, clock: ServerClock): number {
  return row.oldest_waiting_at === null ? 0 : clock.since(row.oldest_waiting_at) / Math.max(1, row.threshold_ms);
}

/** The worst of the queues. */
export function delay(rows: Iterable<QueueRow>, clock: ServerClock): number {
  return Math.max(0, ...Array.from(rows, (row) => overLimit(row, clock)));
}

/** The class of a waiting time: marked from its limit on, urgent from three times the limit on. */
export function lateness(timesLimit: number): string {
  if (timesLimit >= 3) return 'late very-late';
  return timesLimit >= 1 ? 'late' : '';
}
