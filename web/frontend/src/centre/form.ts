import type { Announcements, Hours, OverflowRule, ProjectFacts, Sampling, Span } from '../api/project';

const MINUTE = 60_000;
const HOUR = 3_600_000;

/** One time span, or several with commas between: `08:00–18:00, 19:00–20:00`. */
const SPAN = String.raw`\d\d:\d\d(:\d\d)?\s*[\-–]\s*\d\d:\d\d(:\d\d)?\s*`;
export const SPANS = String.raw`\s*(${SPAN}(,\s*${SPAN})*)?`;

const ANNOUNCEMENTS: Announcements = {
  first_after_ms: 10_000,
  every_ms: 45_000,
  tells_place: true,
  tells_wait: true,
  asks_for_patience: true,
  callback_key: null,
};

const SAMPLING: Sampling = {
  rate_permille: 50,
  asked_by: 'key',
  answer_within_ms: 20_000,
  agent_cap: null,
  cap_days: 30,
  longest_ms: 900_000,
};

/** What people type, made of a project's facts. Times of a day are text, durations in the unit they are thought of in. */
export interface Form {
  hasHours: boolean;
  zone: string;
  week: string[];
  exceptions: { date: string; spans: string }[];
  holidaysOf: string;
  onHolidays: string;
  closedTreatment: string;
  atClosing: string;
  graceMin: number;
  answersEarly: boolean;
  announces: boolean;
  firstAfterS: number;
  everyS: number;
  tellsPlace: boolean;
  tellsWait: boolean;
  asksForPatience: boolean;
  callbackKey: string;
  attempts: number;
  retryMin: number;
  keptH: number;
  samples: boolean;
  sampleRatePercent: number;
  sampleAskedBy: string;
  /** Empty: as many as are drawn. */
  sampleCap: number | null;
  sampleCapDays: number;
  signKind: string;
  signEveryS: number;
  signSound: string;
  overflow: { reason: string; limit: number; target: string; projectId: string; number: string }[];
}

export function formOf(facts: ProjectFacts): Form {
  const hours = facts.hours;
  const told = facts.announcements ?? ANNOUNCEMENTS;
  return {
    hasHours: hours !== null,
    zone: hours?.zone ?? 'Europe/Berlin',
    week: Array.from({ length: 7 }, (_, day) => written(hours?.week[String(day)])),
    exceptions: Object.entries(hours?.exceptions ?? {})
      .map(([date, spans]) => ({ date, spans: written(spans) }))
      .toSorted((a, b) => a.date.localeCompare(b.date)),
    holidaysOf: hours?.holidays_of ?? '',
    onHolidays: written(hours?.on_holidays),
    closedTreatment: facts.closed_treatment,
    atClosing: facts.at_closing,
    graceMin: facts.closing_grace_ms / MINUTE,
    answersEarly: facts.answers_early,
    announces: facts.announcements !== null,
    firstAfterS: told.first_after_ms / 1000,
    everyS: told.every_ms / 1000,
    tellsPlace: told.tells_place,
    tellsWait: told.tells_wait,
    asksForPatience: told.asks_for_patience,
    callbackKey: told.callback_key ?? '',
    attempts: facts.callback.attempts,
    retryMin: facts.callback.retry_ms / MINUTE,
    keptH: facts.callback.kept_ms / HOUR,
    samples: facts.sampling !== null,
    sampleRatePercent: (facts.sampling?.rate_permille ?? 50) / 10,
    sampleAskedBy: facts.sampling?.asked_by ?? 'key',
    sampleCap: facts.sampling?.agent_cap ?? null,
    sampleCapDays: facts.sampling?.cap_days ?? 30,
    signKind: facts.recording_sign.kind,
    signEveryS: facts.recording_sign.every_ms / 1000,
    signSound: facts.recording_sign.sound,
    overflow: facts.overflow.map((rule) => ({
      reason: rule.reason,
      limit: shownLimit(rule.reason, rule.limit),
      target: rule.target,
      projectId: rule.project_id ?? '',
      number: rule.number ?? '',
    })),
  };
}

/** The facts with what was typed in place of what the form shows, and all else as it was. */
export function factsOf(before: ProjectFacts, form: Form): ProjectFacts {
  return {
    ...before,
    hours: form.hasHours ? hoursOf(form, before.hours) : null,
    sampling: form.samples
      ? {
          ...(before.sampling ?? SAMPLING),
          rate_permille: Math.round(form.sampleRatePercent * 10),
          asked_by: form.sampleAskedBy,
          agent_cap: form.sampleCap || null,
          cap_days: form.sampleCapDays,
        }
      : null,
    recording_sign: { kind: form.signKind, every_ms: Math.round(form.signEveryS * 1000), sound: form.signSound.trim() },
    closed_treatment: form.closedTreatment,
    at_closing: form.atClosing,
    closing_grace_ms: form.atClosing === 'serve' ? 0 : Math.round(form.graceMin * MINUTE),
    answers_early: form.answersEarly,
    announcements: form.announces
      ? {
          first_after_ms: Math.round(form.firstAfterS * 1000),
          every_ms: Math.round(form.everyS * 1000),
          tells_place: form.tellsPlace,
          tells_wait: form.tellsWait,
          asks_for_patience: form.asksForPatience,
          callback_key: form.callbackKey.trim() || null,
        }
      : null,
    callback: {
      attempts: form.attempts,
      retry_ms: Math.round(form.retryMin * MINUTE),
      kept_ms: Math.round(form.keptH * HOUR),
    },
    overflow: form.overflow.map(
      (rule): OverflowRule => ({
        reason: rule.reason,
        limit: rule.reason === 'queue_length' ? rule.limit : Math.round(rule.limit * 1000),
        target: rule.target,
        project_id: rule.target === 'project' ? rule.projectId || null : null,
        number: rule.target === 'number' ? rule.number.trim() || null : null,
      }),
    ),
  };
}

function hoursOf(form: Form, before: Hours | null): Hours {
  const week = form.week.map((text, day): [string, Span[]] => [String(day), spansOf(text)]);
  return {
    zone: form.zone.trim(),
    week: Object.fromEntries(week.filter(([day, spans]) => spans.length > 0 || before?.week[day] !== undefined)),
    exceptions: Object.fromEntries(form.exceptions.filter(({ date }) => date !== '').map(({ date, spans }) => [date, spansOf(spans)])),
    holidays_of: form.holidaysOf || null,
    on_holidays: form.holidaysOf === '' ? [] : spansOf(form.onHolidays),
  };
}

function spansOf(text: string): Span[] {
  return [...text.matchAll(/(\d\d:\d\d)(:\d\d)?\s*[-–]\s*(\d\d:\d\d)(:\d\d)?/g)].map(
    ([, opens = '', opensS = ':00', closes = '', closesS = ':00']) => ({ opens: opens + opensS, closes: closes + closesS }),
  );
}

function short(time: string): string {
  return time.endsWith(':00') ? time.slice(0, 5) : time;
}

export function written(spans: readonly Span[] | undefined): string {
  return (spans ?? []).map(({ opens, closes }) => `${short(opens)}–${short(closes)}`).join(', ');
}

function shownLimit(reason: string, limit: number): number {
  return reason === 'queue_length' ? limit : limit / 1000;
}
