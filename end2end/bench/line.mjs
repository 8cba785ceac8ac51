// A slow line in front of a server: a small TCP proxy on which everything that goes through shares one bandwidth.
//
//   node end2end/bench/line.mjs HOST:PORT [--listen 0] [--kbits 400] [--latency 400]
//
// The browser's own throttling (Network.emulateNetworkConditions) gives each target a line of its own: the page and its
// service worker would not disturb one another. Here they do, as on a phone.
//
// What it does: each direction carries so many kbit/s, shared packet by packet by all connections that have something to
// send; each packet arrives half of the latency after it was sent, so an answer takes the whole of it; a new connection
// takes one round trip more before its first byte, as TCP's handshake does. What it leaves out: lost packets, the slow
// start of TCP, the bytes of its headers, and TLS, whose handshake would add a round trip to each new connection.
import net from 'node:net';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';

/** What fits into one packet. */
const PACKET = 1460;
/** More than this of one connection does not wait here: its sender is asked to hold on. */
const MOST_WAITING = 64 * 1024;

export const now = () => performance.timeOrigin + performance.now();

/** One direction of the line, and everything that waits for it or is on its way. */
class Direction {
  /** Connections with something to send, the next one first. */
  #ready = [];
  #underway = [];
  #freeAt = 0;
  #sending;
  #arriving;
  carried = 0;
  /** How much had been carried at which time. */
  samples = [];

  constructor(kbits, delay) {
    this.bytesPerMs = kbits / 8;
    this.delay = delay;
  }

  offer(stream) {
    if (stream.isOffered) return;
    stream.isOffered = true;
    // An idle line begins now; one that is behind its time goes on where it stopped.
    if (!this.#ready.length) this.#freeAt = Math.max(this.#freeAt, now());
    this.#ready.push(stream);
    this.#send();
  }

  #send() {
    clearTimeout(this.#sending);
    while (this.#ready.length && this.#freeAt <= now()) {
      const stream = this.#ready.shift();
      const packet = stream.take();
      this.#freeAt += packet.length / this.bytesPerMs;
      this.#underway.push({ at: this.#freeAt + this.delay, packet, stream });
      if (stream.waits) this.#ready.push(stream);
      else stream.isOffered = false;
    }
    if (this.#ready.length) this.#sending = setTimeout(() => this.#send(), Math.max(0, this.#freeAt - now()));
    this.#arrive();
  }

  #arrive() {
    clearTimeout(this.#arriving);
    while (this.#underway.length && this.#underway[0].at <= now()) {
      const { at, packet, stream } = this.#underway.shift();
      this.carried += packet.length;
      this.samples.push({ at, carried: this.carried });
      stream.arrived(packet);
    }
    if (this.#underway.length) this.#arriving = setTimeout(() => this.#arrive(), Math.max(0, this.#underway[0].at - now()));
  }

  carriedAt(time) {
    return this.samples.findLast((sample) => sample.at <= time)?.carried ?? 0;
  }
}

/** What one end of a connection sends to the other. An empty packet is its end. */
class Stream {
  #waiting = [];
  #size = 0;
  isOffered = false;

  constructor(direction, from, to, opensAt = 0) {
    this.from = from;
    this.to = to;
    const put = (chunk) => {
      this.#waiting.push(chunk);
      this.#size += chunk.length;
      if (this.#size > MOST_WAITING) from.pause();
      const early = opensAt - now();
      if (early > 0) setTimeout(() => direction.offer(this), early);
      else direction.offer(this);
    };
    from.on('data', put);
    from.on('end', () => put(Buffer.alloc(0)));
  }

  get waits() {
    return this.#waiting.length > 0;
  }

  take() {
    const first = this.#waiting.shift();
    const packet = first.subarray(0, PACKET);
    if (first.length > PACKET) this.#waiting.unshift(first.subarray(PACKET));
    this.#size -= packet.length;
    if (this.#size <= MOST_WAITING / 2) this.from.resume();
    return packet;
  }

  arrived(packet) {
    if (this.to.destroyed) return;
    if (packet.length) this.to.write(packet);
    else this.to.end();
  }
}

/** Opens a line to a server; `latency` is that of a round trip. */
export async function openLine({ host = '127.0.0.1', port, listen = 0, kbits = 400, latency = 400 }) {
  const down = new Direction(kbits, latency / 2);
  const up = new Direction(kbits, latency / 2);
  const sockets = new Set();
  const accept = (near) => {
    const far = net.connect({ host, port, noDelay: true });
    near.setNoDelay(true);
    new Stream(up, near, far, now() + latency);
    new Stream(down, far, near);
    for (const [socket, other] of [[near, far], [far, near]]) {
      sockets.add(socket);
      // An end that is gone takes the other one with it.
      socket.on('error', () => other.destroy());
      socket.on('close', (failed) => {
        sockets.delete(socket);
        if (failed) other.destroy();
      });
    }
  };
  const server = net.createServer({ allowHalfOpen: true }, accept);
  server.listen(listen, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${server.address().port}`, down, up, close };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const argv = process.argv.slice(2);
  const option = (name, otherwise) => (argv.includes(`--${name}`) ? Number(argv[argv.indexOf(`--${name}`) + 1]) : otherwise);
  const [host, port] = argv[0].split(':');
  const line = await openLine({ host, port: Number(port), listen: option('listen', 0), kbits: option('kbits', 400), latency: option('latency', 400) });
  console.log(`${line.url} leads to ${argv[0]}`);
}
