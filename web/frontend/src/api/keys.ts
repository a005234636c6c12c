/** A key nobody else has: what is asked for twice under it is done once. */
export function freshKey(): string {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}

/** The same key for the same parts, whoever makes it and when: what was begun goes on after the page was loaded anew. */
export async function keyOf(...parts: readonly string[]): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(parts)));
  return hex(new Uint8Array(digest).slice(0, 16));
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
