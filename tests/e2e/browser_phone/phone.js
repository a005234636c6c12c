// A browser phone for the tests: registers over the switch's WebSocket, speaks with a tone of its own, and tells what it hears.
import JsSIP from 'jssip';
import { keepHearing, ringAnew } from '../../../web/frontend/public/hearing.js';

const REGISTER_AGAIN_MS = 500;
const PEER = { iceServers: [] };

const audio = new AudioContext();
const microphone = audio.createMediaStreamDestination();
const voice = audio.createOscillator();
const ear = audio.createAnalyser();
ear.fftSize = 8192;
ear.smoothingTimeConstant = 0;
voice.connect(microphone);
voice.start();

const told = [];
let ua;
let session;
let worksAs = null;

function tell(kind, details = {}) {
  told.push({ kind, ...details });
}

/** The phone registers, and goes on trying: after a switch's restart the socket opens before SIP is ready. */
async function connect({ user, password, host, socket, toneHz, hasMicrophone }) {
  // Nobody listens to it, but only a page that may use it tells the switch its addresses.
  if (hasMicrophone) await navigator.mediaDevices.getUserMedia({ audio: true });
  voice.frequency.value = toneHz;
  ua = new JsSIP.UA({
    uri: `sip:${user}@${host}`,
    password,
    sockets: [new JsSIP.WebSocketInterface(socket)],
    register_expires: 60,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 2,
  });
  ua.on('registered', () => tell('registered'));
  ua.on('disconnected', () => tell('disconnected'));
  ua.on('registrationFailed', ({ cause }) => {
    tell('registration_failed', { cause });
    setTimeout(() => ua.register(), REGISTER_AGAIN_MS);
  });
  ua.on('newRTCSession', (call) => take(call.session, call.originator === 'remote'));
  ua.start();
}

function take(newSession, isIncoming) {
  session = newSession;
  session.on('confirmed', () => {
    tell('talking');
    if (worksAs !== null) watch(session);
  });
  session.on('ended', ({ originator }) => tell('ended', { originator }));
  session.on('failed', ({ originator, cause }) => tell('failed', { originator, cause }));
  const listen = (peer) => peer.addEventListener('track', ({ track }) => hear(track));
  if (session.connection) listen(session.connection);
  else session.on('peerconnection', ({ peerconnection }) => listen(peerconnection));
  if (isIncoming) {
    const { display_name: name, uri } = session.remote_identity;
    tell('ringing', { name, number: uri.user });
  }
}

/** As a page does in which somebody works. */
function watch(talk) {
  const stop = keepHearing(talk.connection, {
    isHeld: () => talk.isOnHold().local,
    giveUp: () => {
      tell('hears_nothing');
      return ringAnew(worksAs);
    },
  });
  talk.on('ended', stop);
  talk.on('failed', stop);
}

function hear(track) {
  const stream = new MediaStream([track]);
  // Chromium hands sound of a peer to an analyser only while something plays it.
  const player = new Audio();
  player.srcObject = stream;
  player.muted = true;
  void player.play();
  audio.createMediaStreamSource(stream).connect(ear);
}

/** The strongest frequency of what is heard now, and how loud it is: dB of full scale. */
function heard() {
  const levels = new Float32Array(ear.frequencyBinCount);
  ear.getFloatFrequencyData(levels);
  const loudest = levels.indexOf(Math.max(...levels));
  return { hz: (loudest * audio.sampleRate) / ear.fftSize, db: Math.max(levels[loudest], -1000) };
}

/** Packets so far, the codec and the path of the call's media. */
async function media() {
  const found = { sent: 0, received: 0, lost: 0, codecs: [], paths: [], dtls: [] };
  const report = await session.connection.getStats();
  for (const entry of report.values()) {
    if (entry.type === 'outbound-rtp') found.sent += entry.packetsSent;
    if (entry.type === 'inbound-rtp') {
      found.received += entry.packetsReceived;
      found.lost += entry.packetsLost;
    }
    if (entry.type === 'codec') found.codecs.push(entry.mimeType);
    if (entry.type === 'transport') {
      found.dtls.push(entry.dtlsState);
      const pair = report.get(entry.selectedCandidatePairId);
      if (pair) found.paths.push(report.get(pair.remoteCandidateId).address);
    }
  }
  return found;
}

window.phone = {
  told,
  connect,
  heard,
  media,
  dial: (number) => ua.call(number, { mediaStream: microphone.stream, pcConfig: PEER }),
  answer: () => session.answer({ mediaStream: microphone.stream, pcConfig: PEER }),
  hangUp: () => session.terminate(),
  workAs: (agentId) => {
    worksAs = agentId;
  },
  hold: () => session.hold(),
  resume: () => session.unhold(),
};
