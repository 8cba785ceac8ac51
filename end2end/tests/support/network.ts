// The network between a phone and the server: a small proxy that can be slow, drop answers, or answer for the server.
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, request as ask, type Server as HttpServer, type ServerResponse } from "node:http";
import { once } from "node:events";
import { extname, join } from "node:path";

type Path = (path: string) => boolean;
type Fault =
  /** Wait before passing the request on. */
  | { is: "slow"; ms: number }
  /** So many bytes of an answer arrive in a second. */
  | { is: "thin"; bytesPerSecond: number }
  /** The answer begins to arrive; each piece of it waits until it is let through. */
  | { is: "held"; pieces: number }
  /** The request arrives and is answered, and the answer is lost. */
  | { is: "answer lost" }
  /** Half of the answer arrives. */
  | { is: "answer torn" }
  /** Nothing arrives. */
  | { is: "refused" }
  /** An error page of a proxy. */
  | { is: "bad gateway" }
  /** The server has this file no more. */
  | { is: "gone" }
  /** A Wi-Fi that wants to be signed in to: success, and not ours. */
  | { is: "captive portal" };

export const everything: Path = () => true;
export const api: Path = (path) => path.startsWith("/api/");
export const exchange: Path = (path) => path === "/api/v1/exchange";

export class Network {
  private readonly http: HttpServer;
  private faults: { fault: Fault; path: Path; times: number }[] = [];
  private folder?: string;
  private readonly held: (() => void)[] = [];
  /** Every path that came through, in order. */
  readonly asked: string[] = [];
  url = "";

  private constructor(private readonly serverUrl: string) {
    this.http = createServer((request, response) => void this.pass(request, response));
  }

  static async before(serverUrl: string): Promise<Network> {
    const network = new Network(serverUrl);
    network.http.listen(0, "127.0.0.1");
    await once(network.http, "listening");
    network.url = `http://127.0.0.1:${(network.http.address() as { port: number }).port}`;
    return network;
  }

  /** From now on, or for that many requests, requests to these paths go wrong. The last word on a path counts. */
  goesWrong(fault: Fault, path: Path = everything, times = Infinity): void {
    this.faults.unshift({ fault, path, times });
    // Open connections (hints) are part of the network that fails.
    if (fault.is !== "slow") this.http.closeAllConnections();
  }

  /** Lets one piece of a held answer through, as soon as there is one. */
  async letThrough(): Promise<void> {
    while (this.held.length === 0) await new Promise((later) => setTimeout(later, 20));
    this.held.shift()?.();
  }

  isFine(): void {
    this.faults = [];
  }

  /** Serves this folder as the site, as if the server had been updated. */
  serves(folder: string): void {
    this.folder = folder;
  }

  async close(): Promise<void> {
    this.http.closeAllConnections();
    this.http.close();
    await once(this.http, "close");
  }

  private take(path: string): Fault | undefined {
    const found = this.faults.find((entry) => entry.times > 0 && entry.path(path));
    if (found) found.times -= 1;
    return found?.fault;
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    this.asked.push(path);
    const fault = this.take(path);
    switch (fault?.is) {
      case "refused":
        return void request.socket.destroy();
      case "bad gateway":
        return void response.writeHead(502, { "content-type": "text/html" }).end("<html><h1>502 Bad Gateway</h1></html>");
      case "gone":
        return void response.writeHead(404, { "content-type": "text/plain", "cache-control": "no-store" }).end();
      case "captive portal":
        return void response.writeHead(200, { "content-type": "text/html" }).end("<html><form>请先登录无线网络</form></html>");
      case "slow":
        await new Promise((later) => setTimeout(later, fault.ms));
    }
    if (this.folder && !api(path)) return this.file(path, response, fault?.is === "answer torn");
    const upstream = ask(`${this.serverUrl}${request.url}`, { method: request.method, headers: request.headers }, (answer) => {
      if (fault?.is === "answer lost") return void answer.resume().once("end", () => request.socket.destroy());
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (fault?.is === "thin") return void this.thin(answer, response, fault.bytesPerSecond);
      if (fault?.is === "held") return void this.hold(answer, response, fault.pieces);
      if (fault?.is !== "answer torn") return void answer.pipe(response);
      answer.once("data", (bytes: Buffer) => response.write(bytes.subarray(0, bytes.length / 2), () => request.socket.destroy()));
    });
    upstream.once("error", () => request.socket.destroy());
    response.once("close", () => upstream.destroy());
    request.pipe(upstream);
  }

  /** Lets an answer trickle. */
  private async thin(answer: IncomingMessage, response: ServerResponse, bytesPerSecond: number): Promise<void> {
    const pause = 100;
    const bytes = await whole(answer);
    const step = Math.max(1, Math.round((bytesPerSecond * pause) / 1000));
    for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
      response.write(bytes.subarray(at, at + step));
      await new Promise((later) => setTimeout(later, pause));
    }
    response.end();
  }

  private async hold(answer: IncomingMessage, response: ServerResponse, pieces: number): Promise<void> {
    const bytes = await whole(answer);
    const step = Math.ceil(bytes.length / pieces);
    for (let at = 0; at < bytes.length; at += step) {
      await new Promise<void>((let_) => this.held.push(let_));
      response.write(bytes.subarray(at, at + step));
    }
    response.end();
  }

  private file(path: string, response: ServerResponse, torn: boolean): void {
    const name = extname(path) ? path : "/index.html";
    const file = join(this.folder as string, name);
    if (!existsSync(file)) return void response.writeHead(404).end();
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-length": statSync(file).size, "cache-control": "no-cache" });
    if (torn) return void response.write(readFileSync(file).subarray(0, statSync(file).size / 2), () => response.destroy());
    createReadStream(file).pipe(response);
  }
}

async function whole(answer: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};
