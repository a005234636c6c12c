import type { Right } from '../api/rights';
import { t } from '../i18n/language.svelte';

export type Standing = 'soon' | 'holds' | 'later' | 'over';

/** How the right stands; what asks for somebody first. */
export function standing(right: Right): { state: Standing; look: string; place: number } {
  if (right.ends_soon) return { state: 'soon', look: 'asks', place: 0 };
  if (right.holds) return { state: 'holds', look: 'good', place: 1 };
  if (new Date(right.valid_from).getTime() > Date.now()) return { state: 'later', look: '', place: 2 };
  return { state: 'over', look: '', place: 3 };
}

export function forWhom(right: Right): string {
  const kind = t(`rights.for.${right.assigned_to}`);
  return right.assigned_to === 'centre' ? kind : `${kind} ${right.assigned_id}`;
}

/** The last moment that a term covers: it ends with a day, at the next one's midnight. */
export function lastDay(until: string): string {
  return new Date(new Date(until).getTime() - 1).toISOString();
}
