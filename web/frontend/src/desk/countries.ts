/** Countries to choose from, and what leads there. Whether a call is allowed is decided by the service alone. */
export const COUNTRIES: readonly (readonly [code: string, prefix: string])[] = [
  ['DE', '49'],
  ['AT', '43'],
  ['CH', '41'],
  ['BE', '32'],
  ['BG', '359'],
  ['CZ', '420'],
  ['DK', '45'],
  ['EE', '372'],
  ['ES', '34'],
  ['FI', '358'],
  ['FR', '33'],
  ['GB', '44'],
  ['GR', '30'],
  ['HR', '385'],
  ['HU', '36'],
  ['IE', '353'],
  ['IT', '39'],
  ['LI', '423'],
  ['LT', '370'],
  ['LU', '352'],
  ['LV', '371'],
  ['MT', '356'],
  ['NL', '31'],
  ['NO', '47'],
  ['PL', '48'],
  ['PT', '351'],
  ['RO', '40'],
  ['SE', '46'],
  ['SI', '386'],
  ['SK', '421'],
];
/** There the leading zero belongs to the number. */
const KEEPS_ZERO = ['IT', 'LI', 'LU', 'DK', 'NO', 'ES', 'PT', 'GR', 'CZ', 'PL', 'LV', 'EE', 'MT'];

/** The number as it is sent, of any written form: with its country as it stands, else in the country chosen; null: none yet. */
export function dialled(written: string, country: string): string | null {
  const number = written.replace(/[^0-9+]/g, '');
  if (/^(\+|00)[0-9]{5,}$/.test(number)) return number.replace(/^00/, '+');
  if (!/^[0-9]{3,15}$/.test(number)) return null;
  const prefix = COUNTRIES.find(([code]) => code === country)?.[1];
  return `+${prefix}${KEEPS_ZERO.includes(country) ? number : number.replace(/^0/, '')}`;
}
