// The real server, on data of its own, that can be stopped, killed and started again on the same port.
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, createWriteStream, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { binary, templateFolder } from "./paths.ts";

export class Server {
  private process?: ChildProcess;

  private constructor(
    readonly folder: string,
    readonly port: number,
  ) {}

  static async start(folder: string): Promise<Server> {
    mkdirSync(folder, { recursive: true });
    cpSync(templateFolder, join(folder, "data"), { recursive: true });
    const server = new Server(folder, await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const log = createWriteStream(join(this.folder, "server.log"), { flags: "a" });
    const process_ = spawn(binary, ["serve"], {
      env: {
        ...process.env,
        XIANGDAN_ADDR: `127.0.0.1:${this.port}`,
        XIANGDAN_DATA: join(this.folder, "data"),
        RUST_LOG: process.env.RUST_LOG || "info",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    process_.stdout?.pipe(log);
    process_.stderr?.pipe(log);
    this.process = process_;
    let ended: number | string | undefined;
    process_.once("exit", (code, signal) => (ended = signal ?? code ?? "?"));
    while (!(await this.answers())) {
      if (ended !== undefined) throw new Error(`the server ended (${ended}), see ${this.folder}/server.log`);
      await new Promise((tryAgain) => setTimeout(tryAgain, 20));
    }
  }

  /** Asks it to end; what it has accepted it finishes. */
  stop = (): Promise<void> => this.end("SIGTERM");
  /** Ends it at once, as a power cut would. */
  kill = (): Promise<void> => this.end("SIGKILL");

  private async end(signal: NodeJS.Signals): Promise<void> {
    const running = this.process;
    this.process = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, "exit");
    running.kill(signal);
    await ended;
  }

  private async answers(): Promise<boolean> {
    return fetch(`${this.url}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}
