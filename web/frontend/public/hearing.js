// For a page that is an agent's phone (WebRTC): does the agent still hear the call? A home router that takes other ports in
// mid-call leaves the switch speaking to the old one, and no figure of the switch shows that. Only the page can tell.
//
//   import { keepHearing, ringAnew } from '/hearing.js';
//   const stop = keepHearing(session.connection, {                  // JsSIP, once the session is confirmed
//     isHeld: () => session.isOnHold().local,
//     giveUp: () => ringAnew('anna'),                               // as the person who is logged in to this page
//   });
//   session.on('ended', stop); session.on('failed', stop);

const LOOK_EVERY_MS = 1000;
/** A caller may be mute; but reports (RTCP) come every five seconds even then. Without either, nothing arrives. */
const GIVE_UP_AFTER_MS = 8000;

/** Calls `giveUp` once, as soon as nothing of the call has arrived for a while. Returns what stops the watch. */
export function keepHearing(connection, { giveUp, isHeld = () => false }) {
  let arrived = -1;
  let since = performance.now();
  const stop = () => clearInterval(timer);
  const timer = setInterval(async () => {
    const now = performance.now();
    const count = await packets(connection);
    if (count !== arrived || isHeld()) {
      arrived = count;
      since = now;
    } else if (now - since >= GIVE_UP_AFTER_MS) {
      stop();
      since = Infinity;
      await giveUp();
    }
  }, LOOK_EVERY_MS);
  return stop;
}

/** Voice and reports that have come. What only looks for a way (STUN) is not among them: it still finds one. */
async function packets(connection) {
  let found = 0;
  for (const entry of (await connection.getStats()).values()) {
    if (entry.type === 'transport') found += entry.packetsReceived ?? entry.bytesReceived;
  }
  return found;
}

/** The service takes the agent's line for lost: the caller hears music and the agent's phone rings anew. */
export async function ringAnew(agentId) {
  const agent = await (await fetch(`/api/v1/agents/${encodeURIComponent(agentId)}`)).json();
  const callId = agent.now?.call_id;
  if (!callId) return false;
  return (await fetch(`/api/v1/calls/${encodeURIComponent(callId)}/ring-anew`, { method: 'POST' })).ok;
}
