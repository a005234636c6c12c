import type { OrderState } from '../api/aftercall';
import type { ListState, Tally } from '../api/campaigns';
import { duration, fixed, percent } from '../i18n/format';

/** Names of what the figures are about. */
export interface Names {
  project: (projectId: string) => string;
  agent: (agentId: string) => string;
}

/** Thousandths in per cent, with one decimal. */
export function share(permille: number | null): string {
  return percent(permille === null ? null : permille / 1_000, 1);
}

/** So many an hour. */
export function pace(value: number | null): string {
  return fixed(value, 1);
}

/** What a lead took. */
export function perLead(tally: Tally): string {
  return duration(tally.ms_per_lead);
}

/** A list's state as one of the looks of a pill. */
export const LOOKS: Record<ListState, 'good' | 'asks' | ''> = { open: 'good', paused: 'asks', closed: '' };

/** An order's state as one of the looks of a pill. */
export const ORDER_LOOKS: Record<OrderState, string> = {
  ...{ booked: 'asks', awaiting_approval: 'asks', effective: 'good', cancelled: 'bad', expired: '' },
};
