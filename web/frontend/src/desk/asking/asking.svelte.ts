import type { ConsentText } from '../../api/aftercall';
import { told, type Acting } from '../../api/acting.svelte';
import { ask } from '../../api/client';
import { Watched } from '../../api/watched.svelte';

/** What the agent reads out. */
interface Words {
  text: string;
  language: string;
}

/** Asking the outside party by one of the project's texts: the languages there are, and the text that is read out now. */
export class Asking {
  reading = $state.raw<Words | null>(null);
  #published = new Watched<{ items: ConsentText[] }>(300_000);
  #purpose: string;
  #acting: Acting;

  constructor(purpose: string, acting: Acting) {
    this.#purpose = purpose;
    this.#acting = acting;
  }

  /** Where the project has no text for this, nobody can be asked, and nothing is said of it. */
  get languages(): string[] {
    const texts = this.#published.value?.items ?? [];
    return [...new Set(texts.filter((each) => each.purpose === this.#purpose).map((each) => each.language))];
  }

  /** The texts of that project from here on; null: of none. Returns what ends it. */
  watch(projectId: string | null): () => void {
    return this.#published.watch(projectId === null ? null : `/projects/${encodeURIComponent(projectId)}/consent-texts`);
  }

  /** The question is journaled before its words are there to be read. */
  async begin(path: string, body: Record<string, string>): Promise<void> {
    try {
      this.reading = await ask<Words>('POST', path, body);
    } catch (error) {
      this.#acting.tell(told(error));
    }
  }
}
