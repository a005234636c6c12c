import { day } from '../i18n/moment';

/** The last day of a stretch whose end is the midnight after it. */
export function lastDay(to: string): string {
  return day(new Date(new Date(to).getTime() - 1).toISOString());
}
