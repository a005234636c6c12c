/** One thing that is wrong with what was sent: its stable id, what it is made of, and the service's English for programs. */
export interface Fault {
  at: string;
  code: string;
  detail: string;
  facts?: Readonly<Record<string, string | number>>;
}

/** A refusal of the service: RFC 9457 problem+json, told apart by `code`; its message is what the service says of it. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly fields: readonly Fault[];

  constructor(status: number, body: Record<string, unknown>) {
    const said = [body['title'], body['detail']].filter((each) => typeof each === 'string');
    super(said.length > 0 ? said.join(' ') : `HTTP ${status}`);
    this.status = status;
    this.code = typeof body['code'] === 'string' ? body['code'] : 'internal';
    this.facts = (body['facts'] ?? {}) as Problem['facts'];
    this.fields = Array.isArray(body['fields']) ? (body['fields'] as Problem['fields']) : [];
  }
}

/** The answer's JSON; of an empty answer, undefined. Throws `Problem`, or `TypeError` where the service cannot be reached. */
export async function ask<T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const response = await fetch(`/api/v1${path}`, {
    method,
    credentials: 'same-origin',
    headers: {
      Accept: 'application/json',
      'Accept-Language': document.documentElement.lang,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get('Content-Type') ?? '');
  const value: unknown = text !== '' && isJson ? JSON.parse(text) : undefined;
  if (!response.ok) throw new Problem(response.status, (value ?? {}) as Record<string, unknown>);
  return value as T;
}
