import { t } from '../i18n/language.svelte';
import type { Shift } from '../api/shifts';
import { dayOf } from '../ui/days';

/** Names of what shifts are for. */
export interface Names {
  project: (projectId: string) => string;
  team: (teamId: string) => string;
}

/** Whose work the shift is for, in words. */
export function workOf(shift: Pick<Shift, 'scope' | 'scope_id'>, names: Names): string {
  if (shift.scope === 'centre' || shift.scope_id === null) return t('shifts.scope.centre');
  return shift.scope === 'project' ? names.project(shift.scope_id) : names.team(shift.scope_id);
}

/** How a shift is filled, as one of the looks of a pill. */
export function lookOf(shift: Pick<Shift, 'booked' | 'headcount'>): 'good' | 'asks' | 'bad' {
  if (shift.booked >= shift.headcount) return 'good';
  return shift.booked === 0 ? 'bad' : 'asks';
}

/** The same rows by the day they begin on, in their order. */
export function byDay<Row extends { from_at: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const days = new Map<string, Row[]>();
  for (const row of rows) {
    const day = dayOf(row.from_at);
    days.set(day, [...(days.get(day) ?? []), row]);
  }
  return days;
}
