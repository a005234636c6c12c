import type { Board } from './board.svelte';
import type { ServerClock } from './clock.svelte';
import { CLOSED, PROTOCOL, type ClientMessage, type ServerMessage } from './protocol';

export type ConnectionState = 'connecting' | 'live' | 'lost' | 'session_over' | 'not_allowed' | 'outdated';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
/** The server beats every second: a line that says nothing for so long is dead, whatever the browser believes. */
const SILENCE_MS = 8_000;

/** Keeps the board fed: connects, resumes where it was, and connects again until the session is over. */
export class LiveConnection {
  state = $state<ConnectionState>('connecting');

  #board: Board;
  #clock: ServerClock;
  #socket: WebSocket | undefined;
  #epoch: string | undefined;
  #seq = 0;
  #tries = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(board: Board, clock: ServerClock) {
    this.#board = board;
    this.#clock = clock;
  }

  /** Connects; the returned function ends it for good. */
  run(): () => void {
    this.#connect();
    const again = (): void => {
      if (this.state === 'lost') this.#connect();
    };
    window.addEventListener('online', again);
    return () => {
      this.#isClosed = true;
      window.removeEventListener('online', again);
      this.#drop();
    };
  }

  #connect(): void {
    this.#drop();
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/live`);
    this.#socket = socket;
    this.#listenForSilence();
    socket.onmessage = (event: MessageEvent<string>) => {
      if (socket === this.#socket) this.#heard(JSON.parse(event.data) as ServerMessage);
    };
    socket.onclose = (event) => {
      if (socket === this.#socket) this.#lost(event.code);
    };
  }

  #heard(message: ServerMessage): void {
    this.#listenForSilence();
    switch (message.type) {
      case 'hello':
        this.#hello(message);
        break;
      case 'snapshot':
        this.#epoch = message.epoch;
        this.#seq = message.seq;
        this.#board.replace(message.board);
        this.#isLive(message.as_of_at);
        break;
      case 'delta':
        this.#seq = message.seq;
        this.#board.apply(message.changes);
        this.#isLive(message.as_of_at);
        break;
      case 'beat':
        this.#seq = Math.max(this.#seq, message.seq);
        this.#clock.heard(message.server_at);
        this.#isLive(message.as_of_at);
        break;
    }
  }

  #hello(message: ServerMessage & { type: 'hello' }): void {
    if (message.protocol !== PROTOCOL) {
      // The service was renewed under an open page: only loading the page again brings the new front end.
      this.state = 'outdated';
      this.#drop();
      return;
    }
    if (this.#epoch !== message.epoch) this.#clock.forget();
    this.#clock.heard(message.server_at);
    this.#say(this.#epoch === undefined ? { type: 'start' } : { type: 'resume', epoch: this.#epoch, seq: this.#seq });
  }

  #isLive(asOfAt: number): void {
    this.#tries = 0;
    this.state = 'live';
    this.#clock.isTrueUpTo(asOfAt);
  }

  #say(message: ClientMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #lost(code: number): void {
    this.#drop();
    if (this.#isClosed) return;
    if (code === CLOSED.sessionOver) {
      this.state = 'session_over';
    } else if (code === CLOSED.notAllowed) {
      this.state = 'not_allowed';
    } else {
      if (code === CLOSED.scopeChanged) this.#epoch = undefined;
      this.state = 'lost';
      this.#retrySoon();
    }
  }

  #retrySoon(): void {
    // Half fixed, half by chance: after a restart not every board of the house comes in the same instant.
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#tries);
    this.#tries += 1;
    this.#retry = setTimeout(() => this.#connect(), longest / 2 + (Math.random() * longest) / 2);
  }

  #listenForSilence(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lost(0), SILENCE_MS);
  }

  #drop(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }
}
