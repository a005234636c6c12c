import { texts } from './language.svelte';

const NOTHING = '–';

function locale(): string {
  return texts.language === 'de' ? 'de-DE' : 'en-GB';
}

const cache = new Map<string, Intl.NumberFormat>();

function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale() + JSON.stringify(options);
  const known = cache.get(key) ?? new Intl.NumberFormat(locale(), options);
  cache.set(key, known);
  return known;
}

/** A whole number with the language's separators. */
export function count(value: number): string {
  return formatter({ maximumFractionDigits: 0 }).format(value);
}

/** A number with at most so many decimals. */
export function decimal(value: number, digits: number): string {
  return formatter({ maximumFractionDigits: digits }).format(value);
}

/** A number with exactly so many decimals; a dash where there is none. */
export function fixed(value: number | null, digits: number): string {
  if (value === null) return NOTHING;
  return formatter({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** A share of 0 to 1 in per cent; a dash where there is none. */
export function percent(share: number | null, digits = 0): string {
  if (share === null) return NOTHING;
  return formatter({ style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);
}

/** mm:ss, from an hour on h:mm:ss; a dash where there is none. The same in both languages. */
export function duration(ms: number | null): string {
  if (ms === null) return NOTHING;
  const seconds = Math.floor(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${two(minutes)}:${two(rest)}`;
}

/** h:mm; a dash where there is none. */
export function hours(ms: number | null): string {
  if (ms === null) return NOTHING;
  const minutes = Math.round(ms / 60_000);
  return `${count(Math.floor(minutes / 60))}:${String(minutes % 60).padStart(2, '0')}`;
}

/** Hundredths of a point as people write points. */
export function points(hundredths: number | null): string {
  if (hundredths === null) return NOTHING;
  return formatter({ minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(hundredths / 100);
}
