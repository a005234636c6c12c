import { Problem } from '../api/client';
import { told } from '../api/acting.svelte';
import type { Sitting } from '../api/recordings';

export type Side = 'both' | 'outside' | 'inside';

const RATE = 8_000;
const FRAME = 4;
const HEAD = 44;
const STRETCH_MS = 5_000;
const AHEAD_MS = 3_000;
const LOOK_MS = 100;

/**
 * The sound of a sitting. It is fetched a few seconds ahead of what is heard and never kept: what the service has on record as
 * listened to is what was played, and what is played again is fetched again.
 */
export class Sound {
  positionMs = $state(0);
  isPlaying = $state(false);
  side = $state<Side>('both');
  fault = $state<string | null>(null);
  #sitting: Sitting;
  #context: AudioContext | null = null;
  /** From left and right into left and right. */
  #gains: GainNode[] = [];
  #into: AudioNode | null = null;
  #sources = new Set<AudioBufferSourceNode>();
  #fetchedMs = 0;
  #anchorMs = 0;
  #anchorS = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #turn = 0;
  #isFetching = false;

  constructor(sitting: Sitting) {
    this.#sitting = sitting;
  }

  async play(): Promise<void> {
    if (this.isPlaying) return;
    this.fault = null;
    const context = this.#ready();
    await context.resume();
    if (this.positionMs >= this.#sitting.duration_ms) this.positionMs = 0;
    this.#begin(this.positionMs);
    this.isPlaying = true;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#look();
  }

  pause(): void {
    this.isPlaying = false;
    clearInterval(this.#timer);
    this.#silence();
  }

  seek(ms: number): void {
    this.positionMs = Math.min(Math.max(0, Math.round(ms)), this.#sitting.duration_ms);
    if (this.isPlaying) this.#begin(this.positionMs);
  }

  listenTo(side: Side): void {
    this.side = side;
    this.#mix();
  }

  close(): void {
    this.pause();
    void this.#context?.close();
    this.#context = null;
  }

  #ready(): AudioContext {
    if (this.#context !== null) return this.#context;
    const context = new AudioContext({ sampleRate: RATE });
    const splitter = context.createChannelSplitter(2);
    const merger = context.createChannelMerger(2);
    this.#gains = [0, 1, 2, 3].map((place) => {
      const gain = context.createGain();
      splitter.connect(gain, place >> 1).connect(merger, 0, place & 1);
      return gain;
    });
    merger.connect(context.destination);
    this.#into = splitter;
    this.#context = context;
    this.#mix();
    return context;
  }

  #mix(): void {
    const loud = { both: [1, 0, 0, 1], outside: [1, 1, 0, 0], inside: [0, 0, 1, 1] }[this.side];
    this.#gains.forEach((gain, place) => (gain.gain.value = loud[place] ?? 0));
  }

  /** What was under way is dropped; the clock counts from there. */
  #begin(ms: number): void {
    this.#silence();
    this.#fetchedMs = this.#anchorMs = ms;
    this.#anchorS = (this.#context?.currentTime ?? 0) + 0.05;
    this.#isFetching = false;
  }

  #silence(): void {
    this.#turn += 1;
    for (const source of this.#sources) source.stop();
    this.#sources.clear();
  }

  #look(): void {
    const { duration_ms } = this.#sitting;
    const passed = ((this.#context?.currentTime ?? 0) - this.#anchorS) * 1_000;
    this.positionMs = Math.round(Math.min(Math.max(this.#anchorMs, this.#anchorMs + passed), this.#fetchedMs));
    if (this.positionMs >= duration_ms) this.pause();
    else if (!this.#isFetching && this.#fetchedMs < duration_ms && this.#fetchedMs - this.positionMs < AHEAD_MS) void this.#fetch();
  }

  async #fetch(): Promise<void> {
    const turn = this.#turn;
    this.#isFetching = true;
    const from = this.#fetchedMs;
    const to = Math.min(from + STRETCH_MS, this.#sitting.duration_ms);
    try {
      const data = await stretch(this.#sitting, from, to);
      if (turn !== this.#turn || this.#context === null || this.#into === null) return;
      const late = this.#anchorS + (from - this.#anchorMs) / 1_000 < this.#context.currentTime;
      if (late) {
        this.#anchorMs = from;
        this.#anchorS = this.#context.currentTime + 0.05;
      }
      const source = this.#context.createBufferSource();
      source.buffer = decoded(this.#context, data);
      source.connect(this.#into);
      source.start(this.#anchorS + (from - this.#anchorMs) / 1_000);
      source.onended = () => this.#sources.delete(source);
      this.#sources.add(source);
      this.#fetchedMs = to;
      this.#isFetching = false;
    } catch (error) {
      if (turn !== this.#turn) return;
      this.fault = told(error);
      this.pause();
    }
  }
}

async function stretch(sitting: Sitting, fromMs: number, toMs: number): Promise<ArrayBuffer> {
  const place = (ms: number) => HEAD + Math.round((ms * RATE) / 1_000) * FRAME;
  const response = await fetch(`/api/v1/sittings/${encodeURIComponent(sitting.sitting_id)}/sound`, {
    credentials: 'same-origin',
    cache: 'no-store',
    headers: { Range: `bytes=${place(fromMs)}-${place(toMs) - 1}`, 'Accept-Language': document.documentElement.lang },
  });
  if (!response.ok) throw new Problem(response.status, (await response.json()) as Record<string, unknown>);
  return response.arrayBuffer();
}

function decoded(context: AudioContext, data: ArrayBuffer): AudioBuffer {
  const view = new DataView(data);
  const frames = Math.max(1, Math.floor(data.byteLength / FRAME));
  const buffer = context.createBuffer(2, frames, RATE);
  for (const side of [0, 1]) {
    const samples = buffer.getChannelData(side);
    for (let at = 0; at < Math.floor(data.byteLength / FRAME); at += 1) samples[at] = view.getInt16(at * FRAME + side * 2, true) / 32_768;
  }
  return buffer;
}
