export type Theme = 'system' | 'light' | 'dark';

const STORED = 'fernamt.theme';
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

class Appearance {
  theme = $state<Theme>(THEMES.find((theme) => theme === localStorage.getItem(STORED)) ?? 'system');

  constructor() {
    this.#show();
  }

  /** The page looks so, and will the next time. */
  wear(theme: Theme): void {
    this.theme = theme;
    localStorage.setItem(STORED, theme);
    this.#show();
  }

  #show(): void {
    if (this.theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = this.theme;
  }
}

export const appearance = new Appearance();
