import { mount } from 'svelte';
import App from './App.svelte';
import { texts } from './i18n/language.svelte';
import './ui/tokens.css';
import './ui/page.css';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element #app');

try {
  await texts.begin();
  mount(App, { target });
} catch {
  target.textContent = 'Fernamt ist nicht erreichbar: bitte neu laden. · Fernamt cannot be reached: please load the page again.';
}
