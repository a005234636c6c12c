import campaignsDe from './campaigns.de.json';
import campaignsEn from './campaigns.en.json';
import centreDe from './centre.de.json';
import centreEn from './centre.en.json';
import de from './de.json';
import en from './en.json';
import qualityDe from './quality.de.json';
import qualityEn from './quality.en.json';
import recordingsDe from './recordings.de.json';
import recordingsEn from './recordings.en.json';
import staffDe from './staff.de.json';
import staffEn from './staff.en.json';
import workDe from './work.de.json';
import workEn from './work.en.json';

export type Key =
  | keyof typeof en
  | keyof typeof staffEn
  | keyof typeof campaignsEn
  | keyof typeof workEn
  | keyof typeof centreEn
  | keyof typeof qualityEn
  | keyof typeof recordingsEn;
export type Language = 'de' | 'en';

// Each catalogue must have every key of the other: a missing one does not compile.
const CATALOGUES: Record<Language, Record<Key, string>> = {
  de: {
    ...(de satisfies Record<keyof typeof en, string>),
    ...(staffDe satisfies Record<keyof typeof staffEn, string>),
    ...(campaignsDe satisfies Record<keyof typeof campaignsEn, string>),
    ...(centreDe satisfies Record<keyof typeof centreEn, string>),
    ...(qualityDe satisfies Record<keyof typeof qualityEn, string>),
    ...(recordingsDe satisfies Record<keyof typeof recordingsEn, string>),
    ...(workDe satisfies Record<keyof typeof workEn, string>),
  },
  en: {
    ...(en satisfies Record<keyof typeof de, string>),
    ...(staffEn satisfies Record<keyof typeof staffDe, string>),
    ...(campaignsEn satisfies Record<keyof typeof campaignsDe, string>),
    ...(centreEn satisfies Record<keyof typeof centreDe, string>),
    ...(qualityEn satisfies Record<keyof typeof qualityDe, string>),
    ...(recordingsEn satisfies Record<keyof typeof recordingsDe, string>),
    ...(workEn satisfies Record<keyof typeof workDe, string>),
  },
};
const STORED = 'fernamt.language';

function chosen(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === 'de' || stored === 'en') return stored;
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith('de')) ? 'de' : 'en';
}

class Texts {
  language = $state<Language>(chosen());

  constructor() {
    document.documentElement.lang = this.language;
  }

  /** The page speaks this language, and will the next time. */
  speak(language: Language): void {
    this.language = language;
    document.documentElement.lang = language;
    localStorage.setItem(STORED, language);
  }

  /** The text of that key with its places filled. */
  say(key: Key, facts: Readonly<Record<string, string | number>> = {}): string {
    return CATALOGUES[this.language][key].replace(/\{(\w+)\}/g, (place, name: string) => String(facts[name] ?? place));
  }

  /** The text of a key that is made of data, or the data itself where the catalogue has no such key. */
  sayOr(key: string, otherwise: string, facts: Readonly<Record<string, string | number>> = {}): string {
    return key in CATALOGUES[this.language] ? this.say(key as Key, facts) : otherwise;
  }
}

const texts = new Texts();

export { texts };
export const t = texts.say.bind(texts);
