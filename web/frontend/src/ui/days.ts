/** Days by the wall clock of this machine, as date fields write them: 2026-11-02. */

/** That day of a moment. */
export function dayOf(moment: Date | number | string): string {
  const date = new Date(moment);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}

/** The first moment of that day, or of one so many days later: a day is not always 24 hours long. */
export function midnight(day: string, later = 0): Date {
  const [year = 1970, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + later);
}

/** The day so many days later. */
export function daysLater(day: string, later: number): string {
  return dayOf(midnight(day, later));
}

/** The Monday of that day's week. */
export function mondayOf(day: string): string {
  return daysLater(day, -((midnight(day).getDay() + 6) % 7));
}

/** `from` and `to` of a question to the service: from the first day's midnight to the end of the last. */
export function period(first: string, last: string): URLSearchParams {
  return new URLSearchParams({ from: midnight(first).toISOString(), to: midnight(last, 1).toISOString() });
}

/** What a datetime-local field writes. */
export function fieldOf(moment: Date | number | string): string {
  const date = new Date(moment);
  return `${dayOf(date)}T${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}
