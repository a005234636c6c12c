import type english from './catalogue.en';

export type Key = keyof typeof english;
export type Language = 'de' | 'en';
type Catalogue = Readonly<Record<Key, string>>;

/** Only the language that somebody reads is fetched. */
const CATALOGUES: Readonly<Record<Language, () => Promise<{ default: Catalogue }>>> = {
  de: () => import('./catalogue.de'),
  en: () => import('./catalogue.en'),
};
const STORED = 'fernamt.language';

function chosen(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === 'de' || stored === 'en') return stored;
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith('de')) ? 'de' : 'en';
}

class Texts {
  language = $state<Language>(chosen());
  #catalogue = $state.raw<Catalogue>({} as Catalogue);

  /** There are words, before anything is said. Throws where they cannot be fetched. */
  async begin(): Promise<void> {
    await this.#use(this.language);
  }

  /** The page speaks this language, and will the next time. Where its words cannot be fetched it goes on as it was. */
  async speak(language: Language): Promise<void> {
    try {
      await this.#use(language);
    } catch {
      return;
    }
    localStorage.setItem(STORED, language);
  }

  async #use(language: Language): Promise<void> {
    this.#catalogue = (await CATALOGUES[language]()).default;
    this.language = language;
    document.documentElement.lang = language;
  }

  /** The text of that key with its places filled. */
  say(key: Key, facts: Readonly<Record<string, string | number>> = {}): string {
    return this.#catalogue[key].replace(/\{(\w+)\}/g, (place, name: string) => String(facts[name] ?? place));
  }

  /** The text of a key that is made of data, or the data itself where the catalogue has no such key. */
  sayOr(key: string, otherwise: string, facts: Readonly<Record<string, string | number>> = {}): string {
    return key in this.#catalogue ? this.say(key as Key, facts) : otherwise;
  }
}

const texts = new Texts();

export { texts };
export const t = texts.say.bind(texts);
