import type { Fault } from '../api/client';
import { texts } from '../i18n/language.svelte';
import { weekday } from '../i18n/moment';

/** The fault in the page's language, made of its id and facts; null where there are no words for it. */
export function told({ code, facts = {} }: Fault): string | null {
  const key = facts['key'];
  const named = key === undefined ? facts : { ...facts, key: texts.sayOr(`fault.key.${key}`, String(key)) };
  return texts.sayOr(`fault.${code}`, '', named) || null;
}

/** Which part it is about, where there are several of a kind. */
export function where({ at, facts = {} }: Fault): string {
  const parts: string[] = [];
  const day = /\bweek[./](\d)/.exec(at)?.[1];
  // 5 January 2026 is a Monday.
  if (day !== undefined) parts.push(weekday(new Date(2026, 0, 5 + Number(day))));
  const date = /\bexceptions[./](\d{4}-\d\d-\d\d)/.exec(at)?.[1];
  if (date !== undefined) parts.push(date);
  if (facts['inside'] !== undefined) parts.push(texts.sayOr(`fault.inside.${facts['inside']}`, '', { name: facts['inside_name'] ?? '' }));
  return parts.filter((part) => part !== '').map((part) => `${part}: `).join('');
}
