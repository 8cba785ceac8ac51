import { signIn } from "../pages/sign_in.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

test("repro", async ({ device }) => {
  test.setTimeout(600_000);
  const here = device("organization");
  const page = await here.open();
  await signIn(page, people.organization);
  const button = page.getByRole("button", { name: "造血", exact: true });
  let lost: string[] = [];
  for (let i = 0; i < 30; i += 1) {
    await page.evaluate(() => { const a = JSON.parse(localStorage.getItem("xiangdan-actor")!); a.name = "旧名字"; localStorage.setItem("xiangdan-actor", JSON.stringify(a)); });
    await page.goto(`${here.url}/library`, { waitUntil: "commit" });
    await button.waitFor();
    const before = await button.getAttribute("aria-pressed");
    await button.click();
    const mid = await button.getAttribute("aria-pressed");
    await page.evaluate(() => new Promise((r) => setTimeout(r, 700)));
    const after = await button.getAttribute("aria-pressed");
    if (before === after || mid !== after) lost.push(`${i}: ${before} ${mid} ${after}`);
  }
  console.log("LOST", JSON.stringify(lost));
});
