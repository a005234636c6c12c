/** A text of a project by which outside parties are asked, and what stands in it for what. */
export interface PublishedText {
  purpose: Purpose;
  language: string;
  version: number;
  text: string;
  prompt: string | null;
  names: Readonly<Partial<Record<Part, string>>>;
  sha256: string;
  published_at: string;
  published_by: string | null;
}

export const PURPOSES = ['order', 'quality_sample', 'listening'] as const;
export type Purpose = (typeof PURPOSES)[number];

export const PARTS = ['recorder', 'client', 'purpose', 'keeper', 'term', 'withdrawal'] as const;
export type Part = (typeof PARTS)[number];

export interface Piece {
  kind: 'same' | 'gone' | 'new';
  words: string;
}

/** What was taken out of a text and put into it, word by word: the longest run of words that both have stays. */
export function changes(before: string, after: string): Piece[] {
  const [a, b] = [before.split(/\s+/).filter(Boolean), after.split(/\s+/).filter(Boolean)];
  const longest = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i]![j] = a[i] === b[j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!);
    }
  }
  const found: Piece[] = [];
  const add = (kind: Piece['kind'], word: string): void => {
    const last = found.at(-1);
    if (last?.kind === kind) last.words += ` ${word}`;
    else found.push({ kind, words: word });
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      add('same', a[i++]!);
      j++;
    } else if (j >= b.length || (i < a.length && longest[i + 1]![j]! >= longest[i]![j + 1]!)) add('gone', a[i++]!);
    else add('new', b[j++]!);
  }
  return found;
}
