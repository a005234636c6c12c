import type { FormField } from '../../api/centre';
import { t } from '../../i18n/language.svelte';
import { day } from '../../i18n/moment';

/** A field's value as people read it; what does not look like one of its kind is shown as it stands. */
export function valueOf(field: Pick<FormField, 'kind'>, value: string): string {
  if (field.kind === 'yes_no' && (value === 'yes' || value === 'no')) return t(value === 'yes' ? 'app.yes' : 'app.no');
  if (field.kind === 'date' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return day(`${value}T12:00:00`);
  return value;
}

/** The value in its plain form, however a decimal was typed. */
export function plain(field: Pick<FormField, 'kind'>, value: string): string {
  const typed = value.trim();
  return field.kind === 'decimal' ? typed.replace(/^(-?\d+),(\d+)$/, '$1.$2') : typed;
}
