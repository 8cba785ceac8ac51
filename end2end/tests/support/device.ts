// A phone or computer: a browser profile on disk that outlives the browser.
import { type BrowserContext, chromium as engine, type Page } from "@playwright/test";
import { chromium } from "./paths.ts";

export type Screen = { width: number; height: number };
export const phone: Screen = { width: 390, height: 844 };
export const smallPhone: Screen = { width: 360, height: 640 };
export const computer: Screen = { width: 1280, height: 800 };

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export class Device {
  private context?: BrowserContext;
  /** What pages logged as errors, and exceptions nobody caught. */
  readonly faults: string[] = [];

  constructor(
    private readonly folder: string,
    public url: string,
    private readonly screen: Screen = phone,
  ) {}

  /** Starts the browser and opens an address of the site in its first tab. */
  async open(path = "/"): Promise<Page> {
    const running = await this.browser();
    return this.visit(running.pages()[0] ?? (await running.newPage()), path);
  }

  /** Opens an address of the site in one more tab. */
  async another(path = "/"): Promise<Page> {
    return this.visit(await (await this.browser()).newPage(), path);
  }

  private async visit(page: Page, path: string): Promise<Page> {
    await page.goto(this.url + path, { waitUntil: "commit" });
    return page;
  }

  /** Closes the browser as a person does. */
  async close(): Promise<void> {
    await this.context?.close();
    this.context = undefined;
  }

  /** Ends the browser in the middle of what it does, without a chance to save. */
  async crash(): Promise<void> {
    const context = this.context;
    if (!context) return;
    this.context = undefined;
    const ended = new Promise<void>((resolve) => context.once("close", () => resolve()));
    const page = context.pages()[0] ?? (await context.newPage());
    const session = await context.newCDPSession(page);
    // Its answer never comes.
    session.send("Browser.crash").catch(() => undefined);
    await ended;
  }

  private async browser(): Promise<BrowserContext> {
    if (this.context) return this.context;
    const context = await engine.launchPersistentContext(this.folder, {
      executablePath: chromium,
      args: FLAGS,
      viewport: this.screen,
      hasTouch: this.screen.width < 900,
      locale: "zh-CN",
      timezoneId: "Asia/Shanghai",
      acceptDownloads: true,
    });
    context.on("weberror", (error) => this.faults.push(String(error.error().stack ?? error.error())));
    context.on("console", (said) => {
      if (/panicked at|RuntimeError/.test(said.text())) this.faults.push(said.text());
    });
    await context.addInitScript({ content: "Error.stackTraceLimit = 60" });
    this.context = context;
    return context;
  }
}
