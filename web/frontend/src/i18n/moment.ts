import { texts } from './language.svelte';

function locale(): string {
  return texts.language === 'de' ? 'de-DE' : 'en-GB';
}

function dateOf(moment: string | number): Date {
  return new Date(typeof moment === 'number' ? moment / 1000 : moment);
}

/** The time of day: of an instant of the service (microseconds), or of its RFC 3339 text. */
export function clockTime(moment: string | number): string {
  return new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit' }).format(dateOf(moment));
}

/** The time of day with its seconds. */
export function exactTime(moment: string | number): string {
  return new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(dateOf(moment));
}

/** The day and the time of day. */
export function dayAndTime(moment: string | number): string {
  const options = { day: '2-digit', month: '2-digit', year: 'numeric', hour: '2-digit', minute: '2-digit' } as const;
  return new Intl.DateTimeFormat(locale(), options).format(dateOf(moment));
}

/** The day. */
export function day(moment: string | number): string {
  return new Intl.DateTimeFormat(locale(), { day: '2-digit', month: '2-digit', year: 'numeric' }).format(dateOf(moment));
}

/** What that region is called in the page's language. */
export function region(code: string): string {
  return new Intl.DisplayNames([locale()], { type: 'region' }).of(code) ?? code;
}

/** The day with its weekday, short. */
export function weekday(moment: string | number | Date): string {
  const options = { weekday: 'short', day: '2-digit', month: '2-digit' } as const;
  return new Intl.DateTimeFormat(locale(), options).format(moment instanceof Date ? moment : dateOf(moment));
}

/** A stretch of time: the day once, the second one only where it is another. */
export function stretch(from: string, to: string): string {
  const isSameDay = new Date(from).toDateString() === new Date(to).toDateString();
  const end = isSameDay || new Date(to).getTime() - new Date(from).getTime() < 86_400_000 ? clockTime(to) : dayAndTime(to);
  return `${weekday(from)}, ${clockTime(from)}–${end}`;
}

/** The times of day of a stretch. */
export function hoursOf(from: string, to: string): string {
  return `${clockTime(from)}–${clockTime(to)}`;
}
