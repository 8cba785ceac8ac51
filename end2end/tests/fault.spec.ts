import * as form from "./pages/need_form.ts";
import { signIn } from "./pages/sign_in.ts";
import { waiting } from "./pages/site.ts";
import * as village from "./pages/village.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const title = "进村的桥栏杆坏了";

test("after a fault of the program the page is covered, and opened again nothing typed or kept is lost", async ({ device, server }) => {
  const phone = device("village");
  const page = await phone.open();
  await signIn(page, people.village);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await server.stop();
  await village.newNeed(page);
  await form.write(page, form.lamps("通组路缺路灯"));
  await form.send(page);
  await waiting(page, 1);
  await village.newNeed(page);
  await page.getByRole("textbox", { name: "需要什么（一句话）" }).fill(title);
  await form.saved(page);

  // What a panic ends in: a module whose start function is `unreachable` traps in a task of the page.
  await page.evaluate(() => {
    const trap = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 8, 1, 0, 10, 5, 1, 3, 0, 0, 11];
    setTimeout(() => new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(trap))));
  });
  const cover = page.getByRole("alertdialog", { name: "应用出错了" });
  await expect(cover).toBeVisible();
  await expect(cover).toContainText("没有丢");
  const again = cover.getByRole("button", { name: "重新打开" });
  await expect(again).toBeFocused();

  await again.press("Enter");
  await expect(page.getByRole("textbox", { name: "需要什么（一句话）" })).toHaveValue(title);
  await expect(cover).toHaveCount(0);
  await waiting(page, 1);
  // The trap was ours, and the only fault.
  const faults = phone.faults.splice(0);
  expect(faults).not.toEqual([]);
  expect(faults.filter((fault) => !fault.includes("unreachable"))).toEqual([]);
});
