import { texts } from '../i18n/language.svelte';

/** The reason of a pause: the words of the usual ones, the text itself of a centre's own. */
export function pauseReason(reason: string): string {
  return texts.sayOr(`pause.${reason}`, reason);
}

/** Whether one of the texts contains all words of the filter, in whatever case. */
export function matches(filter: string, ...parts: readonly (string | null | undefined)[]): boolean {
  const text = parts.filter(Boolean).join(' ').toLocaleLowerCase();
  return filter
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
