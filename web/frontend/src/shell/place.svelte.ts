/** Where the person is: the part of the address after `#/`, as a page and what it is about. */
class Place {
  page = $state('');
  subject = $state<string | null>(null);

  constructor() {
    this.#read();
    window.addEventListener('hashchange', () => this.#read());
  }

  #read(): void {
    const [page = '', subject] = location.hash.replace(/^#\/?/, '').split('/');
    this.page = page;
    this.subject = subject === undefined || subject === '' ? null : decodeURIComponent(subject);
  }
}

export const place = new Place();

/** The address of a page. */
export function to(page: string, subject?: string): string {
  return subject === undefined ? `#/${page}` : `#/${page}/${encodeURIComponent(subject)}`;
}
