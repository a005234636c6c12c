import { t } from '../i18n/language.svelte';
import { clockTime } from '../i18n/moment';
import type { CallRow } from './protocol';

/** Whether somebody is yet to be reached whom we call: called back, or called by hand. */
export function isCallingOut(row: CallRow): boolean {
  return row.answered_at === null && (row.is_callback || row.direction === 'outbound');
}

/** Where a call to somebody stands, in words for whoever watches; null where nobody is called. */
export function calleePhase(row: CallRow): string | null {
  if (!isCallingOut(row) || !['waiting', 'alerting'].includes(row.phase)) return null;
  if (row.phase === 'alerting') {
    const who = row.callee === 'dialling' || row.callee === 'ringing' ? row.callee : 'agent';
    return t(row.is_callback ? `callback.${who}` : `callout.${who}`);
  }
  if (!row.is_callback) return null;
  return row.rests_until_at === null ? t('callback.waits') : t('callback.rests', { time: clockTime(row.rests_until_at) });
}

/** The same for the agent who is to call somebody back; null where they are not. */
export function callbackSituation(row: CallRow): string | null {
  if (!row.is_callback || !isCallingOut(row) || row.phase !== 'alerting') return null;
  const number = row.masked ?? t('callback.somebody');
  return row.callee === null ? t('callback.you', { number }) : t(`callback.you.${row.callee}`, { number });
}
