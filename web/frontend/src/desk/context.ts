import { getContext, setContext } from 'svelte';
import type { Acting } from '../api/acting.svelte';
import type { Project } from '../api/centre';
import type { Board } from '../live/board.svelte';
import type { ServerClock } from '../live/clock.svelte';
import type { OwnCall } from './own_call.svelte';
import type { OwnLead } from './lead/own_lead.svelte';

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
  /** What is known of the project; null: nothing (yet). */
  facts: (projectId: string | null) => Project['facts'] | null;
  ownLead: OwnLead;
  ownCall: OwnCall;
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
