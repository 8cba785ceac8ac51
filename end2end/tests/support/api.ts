// A client of the interface that docs/SYNC.md describes: no page, no replica, only what the tests ask.
import { randomUUID } from "node:crypto";
import * as people from "./people.ts";

export type Verdict = { seq: number; verdict: "applied" | "rejected"; rejection?: { code: string; params?: any }; duplicate?: boolean };
export type Row = { kind: string; id: string; ver: number; view: string; body?: any };
export type Answer = { epoch: string; last_seq: number; results: Verdict[]; feeds: { feed: string; rows: Row[] }[]; more: boolean };

export class Client {
  private seq = 0;
  readonly id = randomUUID();

  private constructor(
    private readonly url: string,
    private readonly cookie: string,
    readonly profile: { actor: any; feeds: string[]; epoch: string },
  ) {}

  static async signIn(url: string, phone: string, password: string): Promise<Client> {
    const answer = await post(url, "sign_in", { phone, password });
    if (!answer.ok) throw new Error(`sign in of ${phone}: ${answer.status} ${await answer.text()}`);
    const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0];
    const profile = (await answer.json()) as Client["profile"];
    // The role's tag stands outside: what is inside is the same for all members.
    profile.actor.role = Object.values(profile.actor.role)[0];
    return new Client(url, cookie, profile);
  }

  /** The secret of its session. */
  get session(): string {
    return this.cookie.slice(this.cookie.indexOf("=") + 1);
  }

  /** Sends one command and returns its verdict. */
  async does(name: string, args: object): Promise<Verdict> {
    return (await this.doesAll(name, [args]))[0];
  }

  /** Sends commands of one name, as many at once as an exchange may carry, and returns their verdicts. */
  async doesAll(name: string, all: object[]): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    for (let from = 0; from < all.length; from += 50) {
      const mutations = all.slice(from, from + 50).map((args) => ({ seq: ++this.seq, id: randomUUID(), name, v: 1, args, at: Date.now() }));
      verdicts.push(...(await this.exchange(mutations, this.everythingRead())).results);
    }
    return verdicts;
  }

  /** Everything of one kind that this person's device may hold. */
  async rows(kind: string): Promise<Row[]> {
    const cursors: Record<string, string> = {};
    const rows = new Map<string, Row>();
    for (;;) {
      const answer = await this.exchange([], cursors);
      for (const page of answer.feeds as any[]) {
        cursors[page.feed] = page.cursor;
        for (const row of page.rows) if (row.kind === kind) row.body ? rows.set(row.id, row) : rows.delete(row.id);
      }
      if (!answer.more) return [...rows.values()];
    }
  }

  private async exchange(mutations: object[], cursors: Record<string, string>): Promise<Answer> {
    const request = { v: 1, client: this.id, epoch: this.profile.epoch, cursors, mutations };
    const answer = await post(this.url, "exchange", request, this.cookie);
    if (!answer.ok) throw new Error(`exchange: ${answer.status} ${await answer.text()}`);
    const { results, ...rest } = (await answer.json()) as any;
    return { ...rest, results: results.map(untagged) };
  }

  /** Cursors after everything, so that an answer carries no rows. */
  private everythingRead(): Record<string, string> {
    return Object.fromEntries(this.profile.feeds.map((feed) => [feed, "999999999"]));
  }
}

/** `{"rejected": {"rejection": {"taken": …}}}` as its parts. */
function untagged({ verdict, ...result }: any): Verdict {
  if (verdict === "applied") return { ...result, verdict };
  const { rejection } = verdict.rejected;
  const [code, params] = typeof rejection === "string" ? [rejection] : Object.entries<any>(rejection)[0];
  return { ...result, verdict: "rejected", rejection: { code, params } };
}

function post(url: string, name: string, body: object, cookie = ""): Promise<Response> {
  return fetch(`${url}/api/v1/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(cookie && { cookie }) },
    body: JSON.stringify(body),
  });
}

/** The county lets a need into the library: both departments agree. */
export async function publish(officers: Client[], need: string): Promise<void> {
  for (const officer of officers) {
    const { verdict, rejection } = await officer.does("ScreenNeed", { need, opinion: { publish: {} } });
    if (verdict !== "applied") throw new Error(`not published: ${JSON.stringify(rejection)}`);
  }
}

/** A need of 木脚村 that both departments have let in. */
export async function published(url: string, title: string): Promise<string> {
  const [cadre, ...officers] = await Promise.all(
    [people.village, people.county, people.otherDepartment].map((phone) => Client.signIn(url, phone, people.password)),
  );
  const wish = needOf(title, 4);
  const { verdict, rejection } = await cadre.does("PostNeed", wish);
  if (verdict !== "applied") throw new Error(`not posted: ${JSON.stringify(rejection)}`);
  await publish(officers, wish.need);
  return wish.need;
}

/** Whom a village calls about an order. */
export const callable = { name: "陈小玲", phone: "13800000003" };

/** An organization takes so many of the first item, reports once and says that it is done; the order's id. */
export async function deliver(member: Client, need: string, quantity: number): Promise<string> {
  const order = randomUUID();
  const steps: [string, object][] = [
    ["TakeOrder", { order, need, lines: [{ item: 1, quantity }], due: inDays(20), contact: callable }],
    ["ReportProgress", { order, progress: randomUUID(), text: "灯杆都立好了", cash: 320_000, goods: 50_000, persons: 4, visits: 0 }],
    ["MarkDelivered", { order, note: "请晚上看看" }],
  ];
  for (const [name, args] of steps) {
    const { verdict, rejection } = await member.does(name, args);
    if (verdict !== "applied") throw new Error(`${name}: ${JSON.stringify(rejection)}`);
  }
  return order;
}

/** A need of one item, as a village would post it. */
export function needOf(title: string, quantity: number): { need: string; content: any } {
  return {
    need: randomUUID(),
    content: {
      title,
      details: "给测试用的需求，说明写在这里。",
      topic: "environment",
      help: "relief",
      items: [{ no: 1, name: "路灯", quantity, unit: "盏" }],
      deadline: inDays(60),
      persons: 160,
      contact: { name: "杨国胜", phone: "13800000001" },
    },
  };
}

/** A day from today, in China. */
export function inDays(days: number): string {
  return new Date(Date.now() + (days * 24 + 8) * 3_600_000).toISOString().slice(0, 10);
}
