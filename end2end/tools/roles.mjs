// Every page of every role, as people reach it: an address, and where a click opens more, the click.
import { randomUUID } from "node:crypto";
import { password } from "./demo_server.mjs";

/** Who signs in, and the sizes of screen on which they are looked at. */
export const ROLES = [
  { role: "village", phone: "19900000001", sizes: ["390x844", "360x640-large"], pages: villagePages },
  { role: "organization", phone: "19900000003", sizes: ["390x844", "360x640-large"], pages: organizationPages },
  { role: "county", phone: "19900000006", sizes: ["390x844", "1280x800"], pages: countyPages },
  { role: "city", phone: "19900000008", sizes: ["390x844", "1280x800"], pages: cityPages },
  { role: "province", phone: "19900000009", sizes: ["390x844", "1280x800"], pages: officePages },
  { role: "administrator", phone: "19900000010", sizes: ["390x844", "1280x800"], pages: administratorPages },
];

const button = (page, name) => page.getByRole("button", { name, exact: true });
const press = (name) => (page) => button(page, name).first().click();
/** Opens a sheet. */
const sheet = (name) => async (page) => {
  await press(name)(page);
  await page.getByRole("dialog").waitFor();
};
const search = (words) => (page) => page.getByRole("searchbox", { name: "搜索" }).fill(words);
const choose = (label, at) => (page) => page.getByLabel(label, { exact: true }).selectOption({ index: at });

/** Before anybody signs in. */
export const SIGN_IN = [
  { name: "sign-in", path: "/" },
  { name: "sign-in-empty", path: "/", act: press("登录") },
  { name: "invite", path: "/invite" },
  {
    name: "invite-used",
    path: "/invite#K7QM4XTD",
    act: async (page) => {
      await press("下一步")(page);
      await page.getByLabel("给自己设一个密码").waitFor();
    },
  },
  {
    name: "sign-in-refused",
    path: "/",
    // The browser itself logs the refusal.
    expects: /status of 401/,
    act: async (page) => {
      await page.getByRole("textbox", { name: "手机号" }).fill("19900000001");
      await page.getByRole("textbox", { name: "密码" }).fill("not the password");
      await press("登录")(page);
      await page.getByRole("alert").filter({ hasText: /\S/ }).waitFor();
    },
  },
];

function everybodysPages(home) {
  return [
    { name: "home", path: "/" },
    ...(home === "me" ? [] : [{ name: "me", path: "/me" }]),
    { name: "sync", path: "/sync" },
    { name: "settings", path: "/settings" },
    { name: "settings-hand-over", path: "/settings", act: sheet("换个人用这台设备") },
    { name: "settings-pin", path: "/settings", act: sheet("设 PIN") },
    { name: "devices", path: "/devices" },
    { name: "settings-sign-out", path: "/settings", act: sheet("退出登录") },
    { name: "need-absent", path: "/needs/00000000-0000-4000-8000-000000000000" },
    { name: "sign-in-again", path: "/signin" },
    { name: "not-found", path: "/no/such/page" },
  ];
}

function libraryPages(path) {
  return [
    { name: "library", path },
    { name: "library-search", path, act: search("老人") },
    { name: "library-filters", path, act: sheet("筛选") },
    { name: "library-filtered", path, act: async (page) => { await sheet("筛选")(page); await press("就业")(page); await press("全部需求")(page); await page.goBack(); } },
    { name: "library-by-deadline", path, act: choose("排序", 2) },
    { name: "library-nothing", path, act: search("没有这样的东西") },
  ];
}

/** A state is its name, or its name around what it carries. */
const stageOf = ({ state }) => (typeof state === "string" ? state : Object.keys(state)[0]);

function villagePages({ needs, orders, actor }) {
  const own = needs.filter((need) => need.place.village === actor.role.place.village);
  const first = (stage) => own.find((need) => stageOf(need) === stage);
  const disputable = orders.find((order) => stageOf(order) === "delivered" && order.need);
  return [
    ...everybodysPages("needs"),
    { name: "home-over", path: "/", act: async (page) => { const fold = page.getByRole("button", { name: /^看已办结/ }); await fold.click(); await page.evaluate(() => scrollTo(0, document.body.scrollHeight)); } },
    ...libraryPages("/library"),
    ...oneOfEach("need", own, "needs"),
    ...someFor(needs.find((need) => need.place.village !== actor.role.place.village && stageOf(need) === "published"), (need) => [
      { name: "need-of-another-village", path: `/needs/${need.id}` },
    ]),
    ...someFor(first("submitted"), (need) => [{ name: "need-withdraw", path: `/needs/${need.id}`, act: sheet("撤回") }]),
    ...someFor(disputable, (order) => [{ name: "need-dispute", path: `/needs/${order.need}`, act: sheet("没有做到") }]),
    { name: "supplies", path: "/supplies" },
    { name: "supplies-filters", path: "/supplies", act: sheet("筛选") },
    { name: "supply", path: "/supplies", act: (page) => page.getByTestId("supply-row").first().getByRole("link").click() },
    { name: "todo", path: "/todo" },
    ...someFor(first("published"), (need) => [{ name: "need-sheet", path: `/needs/${need.id}/sheet` }]),
    { name: "need-new", path: "/needs/new" },
    { name: "need-new-faults", path: "/needs/new", act: press("发给县里审核") },
    { name: "need-new-end", path: "/needs/new", act: (page) => page.evaluate(() => scrollTo(0, document.body.scrollHeight)) },
    ...["draft", "submitted", "returned", "published", "closed"].flatMap((stage) =>
      someFor(first(stage), (need) => [{ name: `need-edit-${stage}`, path: `/needs/${need.id}/edit` }]),
    ),
    ...oneOfEach("order", orders, "orders"),
  ];
}

function organizationPages({ needs, orders }) {
  const taken = new Set(orders.map((order) => order.need));
  const open = needs.find((need) => stageOf(need) === "published" && !need.pledges?.length && !taken.has(need.id));
  const partly = needs.find((need) => stageOf(need) === "published" && need.pledges?.length && !taken.has(need.id));
  const held = orders.find((order) => stageOf(order) === "active");
  return [
    ...everybodysPages("library"),
    ...libraryPages("/library"),
    ...someFor(open, (need) => [
      { name: "need-open", path: `/needs/${need.id}` },
      { name: "need-take", path: `/needs/${need.id}`, act: sheet("接单") },
    ]),
    ...someFor(partly, (need) => [{ name: "need-taken-by-others", path: `/needs/${need.id}` }]),
    ...someFor(held, (order) => [{ name: "need-of-own-order", path: `/needs/${order.need}` }]),
    { name: "orders", path: "/orders" },
    { name: "todo", path: "/todo" },
    ...oneOfEach("order", orders, "orders"),
    ...someFor(held, (order) => [
      { name: "order-report", path: `/orders/${order.id}`, act: sheet("写进展") },
      { name: "order-deliver", path: `/orders/${order.id}`, act: sheet("报告已完成") },
      { name: "order-release", path: `/orders/${order.id}`, act: sheet("放弃这一单") },
      { name: "order-move", path: `/orders/${order.id}`, act: sheet("改交付的日子") },
    ]),
    { name: "supplies", path: "/supplies" },
    { name: "supply", path: "/supplies", act: (page) => page.getByTestId("supply-card").first().click() },
    { name: "supply-new", path: "/supplies/new" },
    { name: "supply-new-where", path: "/supplies/new", act: press("去哪里、什么时候") },
    { name: "supply-new-means", path: "/supplies/new", act: press("钱和人") },
    { name: "supply-absent", path: "/supplies/00000000-0000-4000-8000-000000000000" },
    { name: "order-absent", path: "/orders/00000000-0000-4000-8000-000000000000" },
  ];
}

function countyPages({ needs, orders }) {
  const waiting = needs.filter((need) => stageOf(need) === "submitted");
  return [
    { name: "accounts-new", path: "/accounts/new" },
    { name: "accounts-import", path: "/accounts/import" },
    ...everybodysPages("inbox"),
    { name: "inbox", path: "/inbox" },
    ...waiting.map((need, at) => ({ name: `inbox-opened-${at + 1}`, path: `/inbox?need=${need.id}` })),
    ...someFor(waiting.find((need) => !need.opinions?.length), (need) => [
      {
        name: "inbox-return",
        path: `/inbox?need=${need.id}`,
        act: async (page) => {
          await sheet("退回，写原因")(page);
          await page.getByRole("dialog").getByRole("radio").first().check();
        },
      },
    ]),
    { name: "county", path: "/county" },
    { name: "county-search", path: "/county", act: search("老人") },
    { name: "county-filtered", path: "/county", act: choose("阶段", 2) },
    { name: "county-nothing", path: "/county", act: search("没有这样的东西") },
    ...oneOfEach("need", needs, "needs"),
    ...oneOfEach("order", orders, "orders"),
    { name: "todo", path: "/todo" },
    { name: "follow", path: "/follow" },
    ...someFor(needs.find((need) => stageOf(need) === "published" && !need.pledges?.length), (need) => [
      { name: "need-dispatch", path: `/needs/${need.id}/dispatch` },
      { name: "need-close", path: `/needs/${need.id}`, act: sheet("不用办了，关闭需求") },
    ]),
    { name: "meeting", path: "/meeting" },
    { name: "supplies", path: "/supplies" },
    { name: "organizations", path: "/organizations" },
    ...officePages(),
  ];
}

/** What every bureau has of its region. */
function officePages() {
  return [
    { name: "regions", path: "/regions" },
    { name: "office-needs", path: "/office/needs" },
    { name: "office-orders", path: "/office/orders" },
    { name: "office-supplies", path: "/office/supplies" },
    { name: "office-organizations", path: "/office/organizations" },
    { name: "rules", path: "/rules" },
    { name: "designations", path: "/designations" },
    { name: "trail", path: "/trail" },
    { name: "accounts", path: "/accounts" },
  ];
}

function administratorPages() {
  return [
    ...everybodysPages("me"),
    { name: "admin", path: "/admin" },
    { name: "admin-regions", path: "/admin/regions" },
    { name: "designations", path: "/designations" },
    { name: "trail", path: "/trail" },
    { name: "accounts", path: "/accounts" },
  ];
}

function cityPages() {
  return [
    ...officePages(),
    ...everybodysPages("browse"),
    { name: "browse-search", path: "/", act: async (page) => { await answered(page, () => search("老人")(page)); } },
    { name: "browse-filtered", path: "/", act: async (page) => { await answered(page, () => choose("阶段", 2)(page)); } },
    { name: "browse-nothing", path: "/", act: async (page) => { await answered(page, () => search("没有这样的东西")(page)); } },
    { name: "browse-end", path: "/", act: (page) => page.evaluate(() => scrollTo(0, document.body.scrollHeight)) },
    { name: "need", path: "/", act: async (page) => { await page.getByTestId("browse-row").first().getByRole("link").click(); await page.getByRole("heading", { name: "经过" }).waitFor(); } },
  ];
}

/** The server has been asked anew and has answered. */
async function answered(page, act) {
  const answer = page.waitForResponse((response) => response.url().includes("/api/v1/browse"));
  await act();
  await answer;
}

const someFor = (found, pages) => (found ? pages(found) : []);

/** The page of one need or order in each stage. */
function oneOfEach(name, all, folder) {
  const byStage = new Map();
  for (const one of all) {
    const stage = `${stageOf(one)}${one.pledges?.length ? "-taken" : ""}`;
    if (!byStage.has(stage)) byStage.set(stage, one.id);
  }
  const stages = [...byStage].sort(([a], [b]) => (a < b ? -1 : 1));
  return stages.map(([stage, id]) => ({ name: `${name}-${stage}`, path: `/${folder}/${id}` }));
}

/** What a person's device may hold, asked from the interface; always in the same order. */
export async function whatIsHeld(url, phone) {
  const post = (name, body, cookie = "") =>
    fetch(`${url}/api/v1/${name}`, { method: "POST", headers: { "content-type": "application/json", cookie }, body: JSON.stringify(body) });
  const answer = await post("sign_in", { phone, password });
  if (!answer.ok) throw new Error(`sign in of ${phone}: ${answer.status} ${await answer.text()}`);
  const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0];
  const { actor, epoch } = await answer.json();
  // The role's tag stands outside.
  actor.role = Object.values(actor.role)[0];
  const [client, cursors, rows] = [randomUUID(), {}, new Map()];
  for (let more = true; more; ) {
    const page = await (await post("exchange", { v: 1, client, epoch, cursors, mutations: [] }, cookie)).json();
    for (const feed of page.feeds) {
      cursors[feed.feed] = feed.cursor;
      for (const row of feed.rows) row.body ? rows.set(`${row.kind}/${row.id}`, row) : rows.delete(`${row.kind}/${row.id}`);
    }
    more = page.more;
  }
  const sorted = [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const of = (kind) => sorted.filter((row) => row.kind === kind).map((row) => row.body);
  return { actor, needs: of("need"), orders: of("order") };
}
