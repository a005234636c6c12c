import { getContext, setContext } from 'svelte';
import type { Board } from '../live/board.svelte';
import type { ServerClock } from '../live/clock.svelte';

export interface Live {
  board: Board;
  clock: ServerClock;
}

const LIVE = Symbol('live');

/** The components below draw this board. */
export function provideLive(live: Live): void {
  setContext(LIVE, live);
}

/** The board the component draws. */
export function useLive(): Live {
  return getContext<Live>(LIVE);
}
