import type { AgentRow, BoardSnapshot, CallRow, Delta, EmergencyRow, Header, MinuteRow, QueueRow, SwitchRow } from './protocol';

/**
 * The board as the server last told it. Rows are replaced whole, untouched rows keep their identity, so only cells that
 * changed are drawn again.
 */
export class Board {
  header = $state.raw<Header | null>(null);
  queues = $state.raw<ReadonlyMap<string, QueueRow>>(new Map());
  agents = $state.raw<ReadonlyMap<string, AgentRow>>(new Map());
  calls = $state.raw<ReadonlyMap<string, CallRow>>(new Map());
  switches = $state.raw<ReadonlyMap<string, SwitchRow>>(new Map());
  minutes = $state.raw<ReadonlyMap<string, MinuteRow>>(new Map());

  emergencies = $state.raw<ReadonlyMap<string, EmergencyRow>>(new Map());

  /** All is as in the snapshot. */
  replace(board: BoardSnapshot): void {
    this.header = board.header;
    this.queues = new Map(board.queues.map((row) => [row.project_id, row]));
    this.agents = new Map(board.agents.map((row) => [row.agent_id, row]));
    this.calls = new Map(board.calls.map((row) => [row.call_id, row]));
    this.switches = new Map(board.switches.map((row) => [row.switch, row]));
    this.minutes = new Map(board.minutes.map((row) => [String(row.minute_at), row]));
    this.emergencies = new Map(board.emergencies.map((row) => [row.emergency_id, row]));
  }

  /** The changes are in, each table drawn once. */
  apply(changes: readonly Delta[]): void {
    const queues = new Map(this.queues);
    const agents = new Map(this.agents);
    const calls = new Map(this.calls);
    const switches = new Map(this.switches);
    const minutes = new Map(this.minutes);
    const emergencies = new Map(this.emergencies);
    const tables = { queues, agents, calls, switches, minutes, emergencies };
    const touched = new Set<keyof typeof tables>();
    for (const change of changes) {
      switch (change.kind) {
        case 'header':
          this.header = change.row;
          break;
        case 'queue':
          queues.set(change.row.project_id, change.row);
          touched.add('queues');
          break;
        case 'agent':
          agents.set(change.row.agent_id, change.row);
          touched.add('agents');
          break;
        case 'call':
          calls.set(change.row.call_id, change.row);
          touched.add('calls');
          break;
        case 'switch':
          switches.set(change.row.switch, change.row);
          touched.add('switches');
          break;
        case 'minute':
          minutes.set(String(change.row.minute_at), change.row);
          touched.add('minutes');
          break;
        case 'emergency':
          emergencies.set(change.row.emergency_id, change.row);
          touched.add('emergencies');
          break;
        case 'gone':
          tables[change.table].delete(change.key);
          touched.add(change.table);
          break;
      }
    }
    if (touched.has('queues')) this.queues = queues;
    if (touched.has('agents')) this.agents = agents;
    if (touched.has('calls')) this.calls = calls;
    if (touched.has('switches')) this.switches = switches;
    if (touched.has('minutes')) this.minutes = minutes;
    if (touched.has('emergencies')) this.emergencies = emergencies;
  }
}
