import { mount } from 'svelte';
import App from './App.svelte';
import './ui/tokens.css';
import './ui/page.css';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element #app');
mount(App, { target });
