import { getContext, setContext } from 'svelte';
import type { Acting } from '../api/acting.svelte';
import type { Board } from '../live/board.svelte';
import type { ServerClock } from '../live/clock.svelte';

export interface AtDesk {
  agentId: string;
  board: Board;
  clock: ServerClock;
  /** What the agent asked for last. */
  acting: Acting;
  /** Whether what is shown may be out of date: nothing can be asked for then. */
  isStale: () => boolean;
  /** The project's name. */
  project: (projectId: string | null) => string;
}

const DESK = Symbol('desk');

/** The components below belong to this desk. */
export function provideDesk(desk: AtDesk): void {
  setContext(DESK, desk);
}

/** The desk the component belongs to. */
export function useDesk(): AtDesk {
  return getContext<AtDesk>(DESK);
}
